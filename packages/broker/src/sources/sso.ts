import type { AwsCredentials } from "@countersign/signer";
import { usable } from "../model/usable.ts";
import { askService } from "./ask-service.ts";
import { jsonObject, objectOf, textOf } from "./json-object.ts";
import { issuedBy } from "./read-answer.ts";
import { reasonOf } from "./service-reason.ts";
import { serviceUrl } from "./service-url.ts";
import type { SourceContext } from "./source-context.ts";
import { failed } from "./source-errors.ts";
import type { SsoProfile } from "./sso-profile.ts";
import { ssoToken } from "./sso-token.ts";

/**
 * Gets the credentials of a role from IAM Identity Center, with the token that `aws sso login` cached.
 *
 * @throws BrokerError `SOURCE_UNAVAILABLE` that names the profile and how to sign in.
 * @see https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
export async function fromSso(profile: SsoProfile, context: SourceContext): Promise<AwsCredentials> {
  const { place, signIn, accountId, roleName, region, portal } = profile;
  const token = await ssoToken(profile, context);
  const query = `role_name=${encodeURIComponent(roleName)}&account_id=${encodeURIComponent(accountId)}`;
  const url = `${serviceUrl("sso", region, portal, place)}/federation/credentials?${query}`;
  const request = { method: "GET", headers: { "x-amz-sso_bearer_token": token } } as const;
  const answer = await askService(url, request, place, context);
  const { status, body } = answer;
  if (status === 401) throw failed(`${place}: IAM Identity Center rejected the token; run ${signIn}`);
  if (status !== 200) throw failed(`${place}: IAM Identity Center answered with status ${status}: ${reasonOf(answer)}`);
  const members = objectOf(jsonObject(body)["roleCredentials"]);
  const [accessKeyId, secretAccessKey, sessionToken] = ["accessKeyId", "secretAccessKey", "sessionToken"].map((name) =>
    textOf(members, name),
  );
  const { expiration } = members;
  if (!accessKeyId || !secretAccessKey || !sessionToken || !isTime(expiration)) {
    throw failed(`${place}: the answer of IAM Identity Center must have keys, a token and an expiration`);
  }
  const issued = { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiration), accountId };
  return issuedBy(answer, usable(issued, `${place}: IAM Identity Center`, failed), context.clock);
}

/** Milliseconds since 1970, within the range of `Date`. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= 8.64e15;
}
