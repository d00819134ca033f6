import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import type { Call } from "../world.ts";
import { openFederatedSession } from "./federated-session.ts";
import { type Claims, peekClaims, readToken } from "./json-web-token.ts";
import { createConstraints } from "./limits.ts";
import { readSessionPolicies } from "./session.ts";
import type { WebIdentityProvider } from "./web-identity-provider.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity(form: Form, call: Call): Promise<Record<string, unknown>> {
  const { world } = call;
  const constraints = createConstraints();
  const roleArn = constraints.required("roleArn", form.text("RoleArn"));
  const sessionName = constraints.required("roleSessionName", form.text("RoleSessionName"));
  const token = constraints.required("webIdentityToken", form.text("WebIdentityToken"));
  constraints.settle();
  const policies = readSessionPolicies(form, world, constraints);
  const { claims, provider, audience } = await verified(token, call);

  const host = provider.issuer.replace(/^https:\/\//, "");
  const accountId = /^arn:aws[\w-]*:iam::(\d{12}):/.exec(roleArn)?.[1] ?? "";
  const providerArn = `arn:aws:iam::${accountId}:oidc-provider/${host}`;
  const result = openFederatedSession(
    {
      roleArn,
      sessionName,
      operation: "AssumeRoleWithWebIdentity",
      provider: providerArn,
      context: { [`${host}:aud`]: audience, [`${host}:sub`]: claims.sub },
      ...tagsOf(claims),
      sourceIdentity: textClaim(claims, "https://aws.amazon.com/source_identity"),
    },
    policies,
    form,
    constraints,
    call,
  );
  return { ...result, SubjectFromWebIdentityToken: claims.sub, Audience: audience, Provider: providerArn };
}

interface VerifiedToken {
  readonly claims: Claims;
  readonly provider: WebIdentityProvider;
  readonly audience: string;
}

async function verified(token: string, { world }: Call): Promise<VerifiedToken> {
  const issuer = peekClaims(token)?.iss;
  const provider = world.webIdentityProviders.find((each) => each.issuer === issuer);
  if (provider === undefined) {
    throw new AwsError(
      "InvalidIdentityToken",
      `No OpenIDConnect provider found in your account for ${issuer ?? "this token"}`,
    );
  }
  const claims = await verifiedClaims(token, provider);
  const now = world.clock.now() / 1000;
  if (claims.exp === undefined) throw new AwsError("InvalidIdentityToken", "Missing a required claim: exp");
  if (claims.exp <= now) {
    const date = (seconds: number): string => new Date(seconds * 1000).toISOString();
    throw new AwsError(
      "ExpiredTokenException",
      `Token expired: current date/time ${date(now)} must be before the expiration date/time ${date(claims.exp)}`,
    );
  }
  if (claims.nbf !== undefined && claims.nbf > now + 300) {
    throw new AwsError("InvalidIdentityToken", "The token is not valid yet.");
  }
  if (claims.sub === undefined) throw new AwsError("InvalidIdentityToken", "Missing a required claim: sub");
  const { audiences = ["sts.amazonaws.com"] } = provider;
  const audience = [claims.aud].flat().find((each) => each !== undefined && audiences.includes(each));
  if (audience === undefined) throw new AwsError("InvalidIdentityToken", "Incorrect token audience");
  return { claims, provider, audience };
}

async function verifiedClaims(token: string, { verification }: WebIdentityProvider): Promise<Claims> {
  if (typeof verification === "function") {
    const claims = await verification(token);
    if (claims === undefined) throw new AwsError("InvalidIdentityToken", "The token's signature is invalid.");
    return claims;
  }
  const reading = readToken(token, verification);
  switch (reading.outcome) {
    case "good":
      return reading.claims;
    case "unknown-key":
      // AWS answers so while an issuer's keys rotate: it passes.
      throw new AwsError(
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      );
    case "bad-signature":
      throw new AwsError("InvalidIdentityToken", "The token's signature is invalid.");
    default:
      throw new AwsError(
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
      );
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp */
function tagsOf(claims: Claims): {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
} {
  const claim = claims["https://aws.amazon.com/tags"] as
    | {
        readonly principal_tags?: Readonly<Record<string, readonly string[] | string>>;
        readonly transitive_tag_keys?: readonly string[];
      }
    | undefined;
  const tags = Object.entries(claim?.principal_tags ?? {}).map(
    ([key, value]) => [key, [value].flat()[0] ?? ""] as const,
  );
  return { tags: Object.fromEntries(tags), transitiveTagKeys: claim?.transitive_tag_keys ?? [] };
}

function textClaim(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  return typeof value === "string" ? value : undefined;
}
