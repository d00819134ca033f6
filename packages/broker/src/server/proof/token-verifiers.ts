import type { Clock } from "@countersign/signer";
import { providersOf } from "../config/check-config.ts";
import type { IdentityProvider, VendingConfig } from "../config/vending-config.ts";
import { VendingError } from "../vending-error.ts";
import { type Claims, createBearerVerifier, type VerifyBearer } from "./bearer-token.ts";
import { createKeySet, type KeySet } from "./key-set.ts";
import { keysAt, keysIn } from "./key-source.ts";

/** Verifies a token of an issuer. `undefined`: of the only one. @throws VendingError. */
export type VerifyToken = (authorization: string, issuer: string | undefined) => Promise<Claims>;

/** The verifiers of a configuration's identity providers. */
export interface TokenVerifiers {
  readonly verify: VerifyToken;
  /** Takes the identity providers of a new configuration. Key sets of unchanged ones stay. */
  replace(config: VendingConfig): void;
  /** Reads the keys of all identity providers that were not read yet. */
  warm(): Promise<void>;
}

interface Verifier {
  readonly settings: string;
  readonly keys: KeySet;
  readonly verify: VerifyBearer;
}

export function createTokenVerifiers(o: {
  readonly clock: Pick<Clock, "monotonic" | "sleep" | "wall">;
  readonly fetch: typeof globalThis.fetch;
  /** Told when the keys of a provider cannot be read, and when they can again. */
  readonly report: (issuer: string, failure: string | undefined) => void;
}): TokenVerifiers {
  let byIssuer = new Map<string, Verifier>();

  function verifierOf(provider: IdentityProvider): Pick<Verifier, "keys" | "verify"> {
    const { issuer, jwksUrl, jwksFile = "" } = provider;
    const source = jwksUrl === undefined ? keysIn(jwksFile) : keysAt(new URL(jwksUrl), o.fetch);
    const keys = createKeySet(source, o.clock, (failure) => {
      // Readings of a provider that was replaced may still end.
      if (byIssuer.get(issuer)?.keys === keys) o.report(issuer, failure);
    });
    return { keys, verify: createBearerVerifier(provider, keys, o.clock) };
  }

  return {
    async verify(authorization, issuer) {
      const [only] = byIssuer.values();
      const verifier = issuer === undefined ? only : byIssuer.get(issuer);
      if (verifier === undefined) throw new VendingError("GRANT_UNKNOWN", "no identity provider is configured");
      return verifier.verify(authorization);
    },
    replace(config) {
      const before = byIssuer;
      byIssuer = new Map(
        providersOf(config).map((provider) => {
          const settings = JSON.stringify(provider);
          const known = byIssuer.get(provider.issuer);
          return [
            provider.issuer,
            known?.settings === settings ? known : { settings, ...verifierOf(provider) },
          ] as const;
        }),
      );
      // What was known of the old keys says nothing of the new ones.
      for (const [issuer, { keys }] of before) if (byIssuer.get(issuer)?.keys !== keys) o.report(issuer, undefined);
    },
    async warm() {
      await Promise.all(Array.from(byIssuer.values(), ({ keys }) => keys.warm()));
    },
  };
}
