/// <reference types="node" />
import * as crypto from "node:crypto";

export { initialState, toHex } from "./sha256.ts";
export { compress } from "./sha256-unrolled.ts";

/** SHA-256 of the UTF-8 bytes of a string, or of bytes, as lower-case hexadecimal. */
export const sha256Hex: (data: string | Uint8Array) => string =
  // Other runtimes answer to the `node` condition too, and not all of them have the one-shot function.
  typeof crypto.hash === "function"
    ? (data) => crypto.hash("sha256", data, "hex")
    : (data) => crypto.createHash("sha256").update(data).digest("hex");

/** SHA-256 of a body: the synchronous way is the fastest at every size here. */
export const sha256HexLater: (data: string | Uint8Array) => string | Promise<string> = sha256Hex;
