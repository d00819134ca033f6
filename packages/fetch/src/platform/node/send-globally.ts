import type { Fetch } from "../../middleware/middleware.ts";

/** How many causes are looked at: a foreign error may be its own cause. */
const MAX_DEPTH = 8;

/**
 * The given `fetch`, or else the global one, looked up at each call. Parts of its errors that quote the wire are removed:
 * undici puts the bytes that it could not parse, and may put those of a request, into `data`.
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

/** The error, without the bytes that undici could not parse. */
export function withoutBytes(error: unknown): unknown {
  dropData(error, MAX_DEPTH);
  return error;
}

function dropData(error: unknown, depth: number): void {
  if (!(error instanceof Error) || depth === 0) return;
  Reflect.deleteProperty(error, "data");
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  dropData(cause, depth - 1);
  if (Array.isArray(errors)) for (const inner of errors) dropData(inner, depth - 1);
}
