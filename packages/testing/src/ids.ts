import { createHash, randomBytes } from "node:crypto";

/** Makes the ids, tokens and keys of one local AWS. */
export interface Ids {
  bytes(count: number): Buffer;
  /** Lower-case hex digits. */
  hex(length: number): string;
  /** Letters, digits, `-` and `_`. */
  text(length: number): string;
  uuid(): string;
}

/** @param seed two local AWSs with the same seed and the same requests make the same ids. Undefined: random ids. */
export function createIds(seed: string | undefined): Ids {
  let made = 0;
  const block = (): Buffer => {
    made += 1;
    return createHash("sha256").update(`${seed} ${made}`).digest();
  };
  const bytes = (count: number): Buffer => {
    if (seed === undefined) return randomBytes(count);
    const blocks = Array.from({ length: Math.ceil(count / 32) }, block);
    return Buffer.concat(blocks).subarray(0, count);
  };
  return {
    bytes,
    hex: (length) =>
      bytes(Math.ceil(length / 2))
        .toString("hex")
        .slice(0, length),
    text: (length) => bytes(length).toString("base64url").slice(0, length),
    uuid() {
      const id = bytes(16);
      id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
      id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
      return id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    },
  };
}
