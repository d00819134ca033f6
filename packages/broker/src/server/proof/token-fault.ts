/** What jose's codes mean. Its messages are not quoted: a later version could put parts of the token into them. */
const FAULTS: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  ERR_JWT_EXPIRED: "it has expired",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "its signature does not match",
  ERR_JWKS_NO_MATCHING_KEY: "its key is not one of the issuer's",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "it names no key, and several of the issuer's could have signed it",
  ERR_JWKS_INVALID: "the issuer's keys are malformed",
  ERR_JOSE_ALG_NOT_ALLOWED: "its algorithm is not in algorithms",
  ERR_JOSE_NOT_SUPPORTED: "it needs a feature that is not supported",
  ERR_JWS_INVALID: "it is malformed",
  ERR_JWT_INVALID: "it is malformed",
};

const CLAIMS: ReadonlySet<unknown> = new Set(["iss", "sub", "aud", "exp", "iat", "nbf", "typ"]);

/** Why jose rejected a token, without its text. */
export function tokenFault(error: unknown): string {
  const { code, claim, reason } = Object(error) as Readonly<Record<string, unknown>>;
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED" && CLAIMS.has(claim)) {
    return reason === "missing" ? `it has no claim ${String(claim)}` : `its claim ${String(claim)} is not accepted`;
  }
  return FAULTS[String(code)] ?? "it cannot be verified";
}
