import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { Clock } from "@countersign/signer";
import { checkOptions, optional, shape, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { accountShape, finite, isObject } from "../shapes.ts";
import type { Claims, JsonWebKeySet } from "./json-web-token.ts";
import { publicJwk } from "./public-jwk.ts";

/** What a token of the local issuer says. */
export interface TokenOptions {
  /** Its `sub` claim. */
  readonly subject: string;
  /** Default `sts.amazonaws.com`. */
  readonly audience?: string | undefined;
  /** Seconds until it expires; negative for one that has. Default 3600. */
  readonly expiresIn?: number | undefined;
  /** Further claims, such as `https://aws.amazon.com/tags`. */
  readonly claims?: Claims | undefined;
}

/** An OpenID Connect provider that every account of the local AWS knows. */
export interface LocalIssuer {
  /** Its `iss` claim. */
  readonly url: string;
  /** What a trust policy names under `Federated`. */
  arn(accountId?: string): string;
  /** Makes a web identity token, signed with ES256. */
  token(options: TokenOptions): string;
}

const tokenShapes: Shapes<TokenOptions> = {
  subject: text,
  audience: optional(text),
  expiresIn: optional(finite),
  claims: optional(shape("an object", isObject)),
};

const issuerHost = "oidc.local-aws.test";

export function createIssuer(accountId: string, clock: Clock): LocalIssuer & { readonly keys: JsonWebKeySet } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomUUID();
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
  const url = `https://${issuerHost}`;
  return {
    url,
    arn: (account = accountId) =>
      `arn:aws:iam::${String(accountShape(account, "accountId", refuseOption))}:oidc-provider/${issuerHost}`,
    keys: { keys: [{ ...publicJwk(publicKey), kid, alg: "ES256" }] },
    token(options) {
      const {
        subject,
        audience = "sts.amazonaws.com",
        expiresIn = 3600,
        claims = {},
      } = checkOptions(options, tokenShapes, refuseOption);
      const now = Math.floor(clock.now() / 1000);
      const unsigned = `${encode({ alg: "ES256", typ: "JWT", kid })}.${encode({
        iss: url,
        sub: subject,
        aud: audience,
        iat: now,
        exp: now + expiresIn,
        ...claims,
      })}`;
      const signature = sign("sha256", Buffer.from(unsigned, "ascii"), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${unsigned}.${signature.toString("base64url")}`;
    },
  };
}
