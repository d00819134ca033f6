import { words } from "#words";
import { refuse } from "../errors/refuse.ts";

/** What WebCrypto takes: text as its UTF-8 bytes. */
type Data = string | Uint8Array;

/** @throws SignerError `UNSUPPORTED_RUNTIME`. */
export function subtle(): SubtleCrypto {
  return (
    globalThis.crypto?.subtle ??
    refuse(
      "UNSUPPORTED_RUNTIME",
      words ? "crypto.subtle: must exist; serve the page over https: or from localhost" : "crypto.subtle",
    )
  );
}

/** Data as WebCrypto takes it. */
export function bytesOf(data: Data): BufferSource {
  return (typeof data === "string" ? new TextEncoder().encode(data) : data) as BufferSource;
}

/** Bytes in lower-case hexadecimal. */
export function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => (256 + byte).toString(16).slice(1)).join("");
}

function hmacKey(key: BufferSource): Promise<CryptoKey> {
  // Inherits nothing: a browser would read a length from a polluted `Object.prototype`, and refuse the key or cut it.
  return subtle().importKey("raw", key, { __proto__: null, name: "HMAC", hash: "SHA-256" } as Algorithm, false, [
    "sign",
  ]);
}

/** HMAC-SHA-256 in lower-case hexadecimal. */
export async function hmacHex(key: CryptoKey, text: string): Promise<string> {
  return hexOf(await subtle().sign("HMAC", key, bytesOf(text)));
}

/**
 * Derives the key that signs within one credential scope. It cannot be exported.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function deriveCryptoKey(secretAccessKey: string, credentialScope: string): Promise<CryptoKey> {
  let key = await hmacKey(bytesOf(`AWS4${secretAccessKey}`));
  for (const part of credentialScope.split("/")) key = await hmacKey(await subtle().sign("HMAC", key, bytesOf(part)));
  return key;
}
