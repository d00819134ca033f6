import { readUpTo } from "../call/read-up-to.ts";

/** An error's body is read up to this length to find its code. */
const ERROR_TEXT_BYTES = 65_536;

/** How long the body of an error is waited for, in milliseconds. */
export const ERROR_TEXT_MS = 1000;

/** The beginning of a response's body; the response can still be read. */
export async function beginning(response: Response): Promise<string> {
  const { body } = response.clone();
  const read = body && (await readUpTo(body, ERROR_TEXT_BYTES, AbortSignal.timeout(ERROR_TEXT_MS)));
  return new TextDecoder().decode(read ?? undefined);
}
