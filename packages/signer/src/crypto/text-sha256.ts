import { bytesOf, hexOf, subtle } from "./web-crypto.ts";

/** SHA-256 in lower-case hexadecimal, by WebCrypto. Its declaration names no type of the DOM, which Node's programs lack. */
export async function sha256Hex(data: string | Uint8Array): Promise<string> {
  return hexOf(await subtle().digest("SHA-256", bytesOf(data)));
}
