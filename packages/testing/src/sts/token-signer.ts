import { createSign, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JsonWebKeySet } from "./json-web-token.ts";
import { publicJwk } from "./public-jwk.ts";

/** Signs the tokens that an account of AWS issues about its principals. */
export interface TokenSigner {
  /** The `iss` claim of an account's tokens. */
  issuer(accountId: string): string;
  /** The public keys, as `ISSUER/.well-known/jwks.json` publishes them. */
  readonly keys: JsonWebKeySet;
  sign(algorithm: SigningAlgorithm, claims: Readonly<Record<string, unknown>>): string;
}

type SigningAlgorithm = "RS256" | "ES384";

/** The keys are made at their first use: an RSA key takes a tenth of a second. */
export function createTokenSigner(seed: string): TokenSigner {
  let keys:
    | Readonly<Record<SigningAlgorithm, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>>
    | undefined;
  const made = (): NonNullable<typeof keys> =>
    (keys ??= {
      RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
      ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
    });
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
  return {
    issuer: (accountId) => `https://${seed}-${accountId}.tokens.sts.global.api.aws`,
    get keys() {
      return {
        keys: (["RS256", "ES384"] as const).map((alg) => ({
          ...publicJwk(made()[alg].publicKey),
          kid: `${seed}-${alg}`,
          alg,
          use: "sig",
        })),
      };
    },
    sign(alg, claims) {
      const unsigned = `${encode({ alg, typ: "JWT", kid: `${seed}-${alg}` })}.${encode(claims)}`;
      const { privateKey } = made()[alg];
      const signature =
        alg === "RS256"
          ? createSign("sha256").update(unsigned).sign(privateKey)
          : sign("sha384", Buffer.from(unsigned, "ascii"), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${unsigned}.${signature.toString("base64url")}`;
    },
  };
}
