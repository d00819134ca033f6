import { createHash } from "node:crypto";
import { askService } from "./ask-service.ts";
import { jsonObject, textOf } from "./json-object.ts";
import { readTime, timeIn } from "../model/read-time.ts";
import { serviceUrl } from "./service-url.ts";
import { expandHome } from "./shared-config/shared-files.ts";
import type { SourceContext } from "./source-context.ts";
import { failed } from "./source-errors.ts";
import type { SsoProfile } from "./sso-profile.ts";
import { isoSeconds, readTokenFile, replaceTokenFile } from "./token-file.ts";

interface CachedToken {
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly refreshToken: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly registrationExpiresAt: number;
}

/** A token that ends sooner is renewed first. */
const MARGIN_MS = 5 * 60_000;

/**
 * The token of Identity Center that `aws sso login` cached, renewed when that is due and its registration allows it.
 *
 * @throws BrokerError `SOURCE_UNAVAILABLE` that says how to sign in.
 */
export async function ssoToken(profile: SsoProfile, context: SourceContext): Promise<string> {
  const { session, startUrl, place, signIn } = profile;
  const name = createHash("sha1")
    .update(session ?? startUrl)
    .digest("hex");
  const file = expandHome(`~/.aws/sso/cache/${name}.json`, context.env);
  const content = readTokenFile(file, place);
  if (content === undefined) throw failed(`${place}: there is no token of IAM Identity Center; run ${signIn}`);
  const cached = tokenOf(content);
  const now = context.clock.now();
  if (cached !== undefined && cached.expiresAt - now > MARGIN_MS) return cached.accessToken;
  const isValid = cached !== undefined && cached.expiresAt > now;
  const renewed =
    cached &&
    (await renew(cached, profile, context).catch((error: unknown) => {
      if (!isValid || context.signal?.aborted === true) throw error;
      return undefined;
    }));
  if (renewed !== undefined) {
    replaceTokenFile(file, { ...content, ...renewed.members });
    return renewed.accessToken;
  }
  // AWS's tools use a token to its end as well.
  if (isValid) return cached.accessToken;
  throw failed(`${place}: the token of IAM Identity Center has expired; run ${signIn}`);
}

/**
 * Renews a token whose registration allows that. `undefined`: it cannot be renewed, or was refused.
 *
 * @see https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
 */
async function renew(
  { refreshToken, clientId, clientSecret, registrationExpiresAt }: CachedToken,
  { session, region, oidc, place }: SsoProfile,
  context: SourceContext,
): Promise<{ readonly accessToken: string; readonly members: object } | undefined> {
  if (session === undefined || !refreshToken || !clientId || !clientSecret) return undefined;
  if (registrationExpiresAt <= context.clock.now()) return undefined;
  const body = JSON.stringify({ clientId, clientSecret, grantType: "refresh_token", refreshToken });
  const request = { method: "POST", headers: { "content-type": "application/json" }, body } as const;
  const answer = await askService(`${serviceUrl("sso-oidc", region, oidc, place)}/token`, request, place, context);
  if (answer.status !== 200) return undefined;
  const given = jsonObject(answer.body);
  const end = timeIn(given["expiresIn"], context.clock.now());
  const [accessToken, next] = ["accessToken", "refreshToken"].map((name) => textOf(given, name));
  if (accessToken === undefined || end === undefined) return undefined;
  const expiresAt = isoSeconds(end.getTime());
  return { accessToken, members: { accessToken, expiresAt, ...(next !== undefined && { refreshToken: next }) } };
}

function tokenOf(content: Readonly<Record<string, unknown>>): CachedToken | undefined {
  const accessToken = textOf(content, "accessToken");
  const expiresAt = readTime(content["expiresAt"])?.getTime();
  if (accessToken === undefined || expiresAt === undefined) return undefined;
  return {
    accessToken,
    expiresAt,
    refreshToken: textOf(content, "refreshToken"),
    clientId: textOf(content, "clientId"),
    clientSecret: textOf(content, "clientSecret"),
    registrationExpiresAt: readTime(content["registrationExpiresAt"])?.getTime() ?? 0,
  };
}
