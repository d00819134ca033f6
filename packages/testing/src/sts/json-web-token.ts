import { createPublicKey, type JsonWebKey, verify } from "node:crypto";

/** The claims of a token; times in seconds since the epoch. */
export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly [claim: string]: unknown;
}

/** A set of public keys as an issuer publishes it (RFC 7517). */
export interface JsonWebKeySet {
  readonly keys: readonly (JsonWebKey & { readonly kid?: string; readonly alg?: string })[];
}

/** The result of reading a token. */
export type TokenReading =
  | { readonly outcome: "good"; readonly claims: Claims }
  | { readonly outcome: "malformed" | "unknown-key" | "bad-signature" };

/** Algorithms that IAM accepts from OpenID Connect providers (RFC 7518 section 3.1). */
const algorithms = new Map<string, { readonly hash: string; readonly kty: string }>([
  ["RS256", { hash: "sha256", kty: "RSA" }],
  ["RS384", { hash: "sha384", kty: "RSA" }],
  ["RS512", { hash: "sha512", kty: "RSA" }],
  ["ES256", { hash: "sha256", kty: "EC" }],
  ["ES384", { hash: "sha384", kty: "EC" }],
  ["ES512", { hash: "sha512", kty: "EC" }],
]);

/** The claims of a token that is not verified yet. */
export function peekClaims(token: string): Claims | undefined {
  const [, payload = ""] = token.split(".");
  return objectOf(payload) as Claims | undefined;
}

/** Reads a signed token (RFC 7515, compact form) against an issuer's keys. */
export function readToken(token: string, { keys }: JsonWebKeySet): TokenReading {
  const [head = "", payload = "", signature = "", ...more] = token.split(".");
  const header = objectOf(head) as { readonly alg?: string; readonly kid?: string } | undefined;
  const claims = objectOf(payload) as Claims | undefined;
  const algorithm = algorithms.get(header?.alg ?? "");
  if (header === undefined || claims === undefined || algorithm === undefined || more.length > 0) {
    return { outcome: "malformed" };
  }
  const key = keys.find(({ kid, kty }) => kty === algorithm.kty && (header.kid === undefined || kid === header.kid));
  if (key === undefined) return { outcome: "unknown-key" };
  const holds = verify(
    algorithm.hash,
    Buffer.from(`${head}.${payload}`, "ascii"),
    { key: createPublicKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  return holds ? { outcome: "good", claims } : { outcome: "bad-signature" };
}

function objectOf(part: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
