import type { Clock } from "@countersign/signer";
import { type JWTPayload, jwtVerify } from "jose";
import type { KeySet } from "./key-set.ts";
import type { IdentityProvider } from "../config/vending-config.ts";
import { VendingError } from "../vending-error.ts";

/** The claims of a verified token; `sub` is text. */
export type Claims = JWTPayload & { readonly sub: string };

const MAX_TOKEN = 16_384;

/** Verifies the `Authorization` of a browser. */
export type VerifyBearer = (authorization: string | undefined) => Promise<Claims>;

/**
 * Verifies bearer tokens: issuer, audience, algorithm, type, subject, times. jose requires neither an expiry nor an
 * algorithm by default, so both are required here.
 *
 * @throws VendingError `TOKEN_MISSING`, `TOKEN_REJECTED`, `UNAVAILABLE`.
 * @see https://www.rfc-editor.org/rfc/rfc8725 (JSON Web Token Best Current Practices)
 */
export function createBearerVerifier(provider: IdentityProvider, keys: KeySet, clock: Clock): VerifyBearer {
  const {
    issuer,
    audience,
    algorithms = ["RS256", "PS256", "ES256", "EdDSA"],
    tokenType,
    maxAgeSeconds = 3_600,
  } = provider;
  return async function verifyBearer(authorization) {
    if ((authorization?.length ?? 0) > MAX_TOKEN) {
      throw new VendingError("TOKEN_REJECTED", `the token must be at most ${MAX_TOKEN} characters`);
    }
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined)
      throw new VendingError("TOKEN_MISSING", "authorization: must be Bearer and a JSON Web Token");
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ["sub", "exp", "iat"],
        maxTokenAge: maxAgeSeconds,
        clockTolerance: 30,
        currentDate: new Date(clock.now()),
        ...(tokenType === undefined ? {} : { typ: tokenType }),
      });
      if (typeof payload.sub !== "string" || payload.sub === "") {
        throw new VendingError("TOKEN_REJECTED", "claim sub: must be text");
      }
      return payload as Claims;
    } catch (error) {
      if (error instanceof VendingError) throw error;
      // jose's messages name the claim or the check, never the token.
      const reason = error instanceof Error ? error.message : "unknown";
      throw new VendingError("TOKEN_REJECTED", `the token was rejected: ${reason}`, { cause: error });
    }
  };
}
