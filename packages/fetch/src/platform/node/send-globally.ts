import { withoutBytes } from "../../errors/without-bytes.ts";
import type { Fetch } from "../../middleware/middleware.ts";

export { withoutBytes };

/**
 * The given `fetch`, or else the global one, looked up at each call. Parts of its errors that quote the wire are removed.
 */
export function fetchOf(given: Fetch | undefined): Fetch | undefined {
  return given ?? sendGlobally;
}

const sendGlobally: Fetch = async (input, init) => {
  try {
    return await globalThis.fetch(input, init);
  } catch (error) {
    throw withoutBytes(error);
  }
};
