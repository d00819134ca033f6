import type { Clock } from "@countersign/signer";
import { providersOf } from "../config/check-config.ts";
import type { IdentityProvider, VendingConfig } from "../config/vending-config.ts";
import { VendingError } from "../vending-error.ts";
import { type Claims, createBearerVerifier, type VerifyBearer } from "./bearer-token.ts";
import { createKeySet } from "./key-set.ts";
import { keysAt, keysIn } from "./key-source.ts";

/** Verifies a token of an issuer. `undefined`: of the only one. @throws VendingError. */
export type VerifyToken = (authorization: string, issuer: string | undefined) => Promise<Claims>;

/** The verifiers of a configuration's identity providers. */
export interface TokenVerifiers {
  readonly verify: VerifyToken;
  /** Takes the identity providers of a new configuration. Key sets of unchanged ones stay. */
  replace(config: VendingConfig): void;
}

export function createTokenVerifiers(o: {
  readonly clock: Pick<Clock, "monotonic" | "sleep" | "wall">;
  readonly fetch: typeof globalThis.fetch;
}): TokenVerifiers {
  let byIssuer = new Map<string, { readonly settings: string; readonly verify: VerifyBearer }>();

  function verifierOf(provider: IdentityProvider): VerifyBearer {
    const { jwksUrl, jwksFile = "" } = provider;
    const source = jwksUrl === undefined ? keysIn(jwksFile) : keysAt(new URL(jwksUrl), o.fetch);
    return createBearerVerifier(provider, createKeySet(source, o.clock), o.clock);
  }

  return {
    async verify(authorization, issuer) {
      const [only] = byIssuer.values();
      const verifier = issuer === undefined ? only : byIssuer.get(issuer);
      if (verifier === undefined) throw new VendingError("GRANT_UNKNOWN", "no identity provider is configured");
      return verifier.verify(authorization);
    },
    replace(config) {
      byIssuer = new Map(
        providersOf(config).map((provider) => {
          const settings = JSON.stringify(provider);
          const known = byIssuer.get(provider.issuer);
          return [
            provider.issuer,
            known?.settings === settings ? known : { settings, verify: verifierOf(provider) },
          ] as const;
        }),
      );
    },
  };
}
