import { sha256Hex as digest } from "./web-crypto.ts";

/** SHA-256 in lower-case hexadecimal, by WebCrypto. Its declaration names no type of the DOM, which Node's programs lack. */
export const sha256Hex: (data: string | Uint8Array) => Promise<string> = digest;
