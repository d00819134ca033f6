import { sha256Hex } from "../crypto/text-sha256.ts";
import { deriveCryptoKey, hmacHex } from "../crypto/web-crypto.ts";
import { ALGORITHM, stringToSign } from "../sigv4/string-to-sign.ts";

/** Makes a signature over a canonical request. */
export type WebSignature = (
  secretAccessKey: string,
  timestamp: string,
  credentialScope: string,
  canonicalRequest: string,
) => Promise<string>;

/** Makes signatures with the runtime's WebCrypto. The key of the last secret and scope is kept, and cannot be exported. */
export function webSignature(): WebSignature {
  let cached:
    | { readonly secret: string; readonly credentialScope: string; readonly cryptoKey: Promise<CryptoKey> }
    | undefined;

  return async (secret, timestamp, credentialScope, canonicalRequest) => {
    if (cached?.secret !== secret || cached.credentialScope !== credentialScope) {
      cached = { secret, credentialScope, cryptoKey: deriveCryptoKey(secret, credentialScope) };
    }
    const { cryptoKey } = cached;
    const canonicalHash = await sha256Hex(canonicalRequest);
    return hmacHex(await cryptoKey, stringToSign(ALGORITHM, timestamp, credentialScope, canonicalHash));
  };
}
