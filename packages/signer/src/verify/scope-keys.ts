import type { HmacKey } from "../crypto/hmac.ts";
import { AgingMap } from "../signer/aging-map.ts";
import { scopeKey } from "./expected-signature.ts";

/** Signing keys of credential scopes, five HMACs each. */
export interface ScopeKeys {
  of(accessKeyId: string, secretAccessKey: string, scope: string): HmacKey;
  /** Keeps the key of a signature that was right. */
  keep(accessKeyId: string, secretAccessKey: string, scope: string, key: HmacKey): void;
}

/** A verifier sees a few services and Regions of each access key a day. */
const MAX_KEYS = 1024;

/** Makes the memory. It keeps only what `keep` is given, so an invented scope costs no memory. */
export function createScopeKeys(): ScopeKeys {
  const kept = new AgingMap<string, { readonly secretAccessKey: string; readonly key: HmacKey }>(MAX_KEYS);
  return {
    of(accessKeyId, secretAccessKey, scope) {
      const found = kept.get(`${accessKeyId}/${scope}`);
      return found?.secretAccessKey === secretAccessKey ? found.key : scopeKey(secretAccessKey, scope);
    },
    keep(accessKeyId, secretAccessKey, scope, key) {
      const name = `${accessKeyId}/${scope}`;
      if (kept.get(name)?.key !== key) kept.set(name, { secretAccessKey, key });
    },
  };
}
