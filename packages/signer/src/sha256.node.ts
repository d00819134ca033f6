/// <reference types="node" />
import { Buffer } from "node:buffer";
import * as crypto from "node:crypto";

export { initialState } from "./sha256.ts";
export { compress } from "./block-function.node.ts";

/** SHA-256 of the UTF-8 bytes of a string, or of bytes, as lower-case hexadecimal. */
export const sha256Hex: (data: string | Uint8Array) => string =
  // Other runtimes answer to the `node` condition too, and not all of them have the one-shot function.
  typeof crypto.hash === "function"
    ? (data) => crypto.hash("sha256", data, "hex")
    : (data) => crypto.createHash("sha256").update(data).digest("hex");

/** SHA-256 of a body: the synchronous way is the fastest at every size here. */
export const sha256HexLater: (data: string | Uint8Array) => string | Promise<string> = sha256Hex;

const bytes: Buffer & { hexSlice?(start: number, end: number): string } = Buffer.alloc(32);

/** A digest as lower-case hexadecimal. */
export function toHex(words: Int32Array): string {
  for (let i = 0; i < 8; i++) bytes.writeInt32BE(words[i]!, 4 * i);
  // What toString does, without finding out that it is to be done.
  return bytes.hexSlice?.(0, 32) ?? bytes.toString("hex");
}
