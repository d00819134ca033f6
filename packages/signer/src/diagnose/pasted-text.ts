import { SignerError } from "../errors/error.ts";

/** The longest text that is read. A request or an answer of AWS, pasted as text, is far shorter. */
const MAX_CHARS = 1_048_576;

/** @throws SignerError `INVALID_OPTION` for anything else than text, and for text that is too long. */
export function pastedText(given: unknown, field: string): string {
  if (typeof given === "string" && given.length <= MAX_CHARS) return given;
  throw new SignerError("INVALID_OPTION", `${field}: must be text of at most ${MAX_CHARS} characters`);
}
