import type { Claims, JsonWebKeySet } from "./json-web-token.ts";

/** An OpenID Connect provider that the accounts of the local AWS know. */
export interface WebIdentityProvider {
  /** Its `iss` claim, such as `https://oidc.example`. */
  readonly issuer: string;
  /** Audiences it is registered with. Default `sts.amazonaws.com`. */
  readonly audiences?: readonly string[] | undefined;
  /** Its public keys; or a function that verifies a token itself and returns the claims of a good one. */
  readonly verification: JsonWebKeySet | ((token: string) => Claims | undefined | Promise<Claims | undefined>);
}
