import { wasCalm } from "../../crypto/machine/calm.ts";
import { machine } from "../../crypto/machine/machine.ts";
import { digestOf, MAX_TEXT } from "../../crypto/machine/text-digest.ts";
import { Buffer, createHash, hash } from "../../crypto/node-crypto.ts";

/** A payload hash or the hash of a canonical request, in the form that is the shortest way to a signature here. */
export type Hash = string;

const oneShot = hash;

/** SHA-256 of the UTF-8 bytes of a string, or of bytes, as lower-case hexadecimal. */
export const sha256Hex: (data: string | Uint8Array) => string =
  oneShot === undefined
    ? (data) => createHash("sha256").update(data).digest("hex")
    : (data) => oneShot("sha256", data, "hex");

/** SHA-256 in the form that is the shortest way to a signature here. */
export function sha256(data: string | Uint8Array): Hash {
  // Bytes are left to OpenSSL: an array of a class of its own can tell another length than it has.
  if (typeof data !== "string" || data.length > MAX_TEXT || !wasCalm()) return sha256Hex(data);
  const fast = machine();
  return fast === undefined ? sha256Hex(data) : digestOf(fast, data);
}

/** SHA-256 of a body: the synchronous way is the fastest at every size here. */
export const sha256Later: (data: string | Uint8Array) => Hash | Promise<Hash> = sha256;

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
