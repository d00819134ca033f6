import { readUpTo } from "../call/read-up-to.ts";
import { ERROR_TEXT_BYTES, ERROR_TEXT_MS } from "./limits.ts";

/** The beginning of a response's body; the response can still be read. */
export async function beginning(response: Response): Promise<string> {
  const { body } = response.clone();
  const read = body && (await readUpTo(body, ERROR_TEXT_BYTES, AbortSignal.timeout(ERROR_TEXT_MS)));
  return new TextDecoder().decode(read ?? undefined);
}
