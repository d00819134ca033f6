import { type Machine, RESULT, STATE, TEXT } from "./machine.ts";

/** Longer texts are left to OpenSSL. */
export const MAX_TEXT = 1024;

/** Hashes a short text. The digest is then in the machine's memory at `to`, in 64 hexadecimal digits. */
export function digestTo({ memory, bytes, run, digits }: Machine, text: string, to: number): void {
  const start = TEXT + 32;
  // A character takes at most three bytes.
  const size = memory.utf8Write(text, start, 3 * MAX_TEXT);
  // The padding (FIPS 180-4, section 5.1.1). What is not written here is zero.
  const limit = start + ((size + 72) & ~63);
  bytes[start + size] = 0x80;
  bytes[limit - 2] = size >>> 5;
  bytes[limit - 1] = size << 3;
  run(TEXT, start, limit, STATE);
  digits(STATE, to);
  // It may hold a session token, or what the caller sends.
  bytes.fill(0, start, limit);
}

/** SHA-256 of the UTF-8 bytes of a short text, as lower-case hexadecimal. */
export function digestOf(machine: Machine, text: string): string {
  digestTo(machine, text, RESULT);
  return machine.memory.latin1Slice(RESULT, RESULT + 64);
}
