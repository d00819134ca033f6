import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AwsCredentials } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { readAnswer } from "./read-answer.ts";
import { expandHome } from "./shared-config/shared-files.ts";
import type { SourceContext } from "./source-context.ts";
import { failed, quoted } from "./source-errors.ts";

/** What a profile says about IAM Identity Center. */
export interface SsoProfile {
  /** The name of the `[sso-session]`; absent for a profile with the settings themselves. */
  readonly session: string | undefined;
  readonly startUrl: string;
  /** The Region of Identity Center, which is not that of the calls that follow. */
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
  /** Addresses other than AWS's own. */
  readonly portalUrl: string | undefined;
  readonly oidcUrl: string | undefined;
  /** Names the profile in errors. */
  readonly place: string;
  /** The command that signs in. */
  readonly signIn: string;
}

interface CachedToken {
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly refreshToken?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly registrationExpiresAt?: number;
}

const LIMIT_MS = 10_000;
/** A token that ends sooner is renewed first. */
const MARGIN_MS = 5 * 60_000;

/**
 * Gets the credentials of a role from IAM Identity Center, with the token that `aws sso login` cached.
 *
 * @throws BrokerError `SOURCE_UNAVAILABLE` that names the profile and how to sign in.
 * @see https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
export async function fromSso(profile: SsoProfile, context: SourceContext): Promise<AwsCredentials> {
  const { place, signIn, accountId, roleName } = profile;
  const token = await validToken(profile, context);
  const query = `role_name=${encodeURIComponent(roleName)}&account_id=${encodeURIComponent(accountId)}`;
  const url = `${profile.portalUrl ?? hostUrl("portal.sso", profile.region)}/federation/credentials?${query}`;
  const { status, body } = await send(
    url,
    { method: "GET", headers: { "x-amz-sso_bearer_token": token } },
    place,
    context,
  );
  if (status === 401) throw failed(`${place}: IAM Identity Center rejected the token; run ${signIn}`);
  if (status !== 200) throw failed(`${place}: IAM Identity Center answered with status ${status}: ${messageOf(body)}`);
  const answer = objectOf(objectOf(parsed(body))["roleCredentials"]);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = answer;
  if (
    typeof accessKeyId !== "string" ||
    typeof secretAccessKey !== "string" ||
    typeof sessionToken !== "string" ||
    !Number.isSafeInteger(expiration)
  ) {
    throw failed(`${place}: the answer of IAM Identity Center must have keys, a token and an expiration`);
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiration as number), accountId };
}

async function validToken(profile: SsoProfile, context: SourceContext): Promise<string> {
  const { session, startUrl, place, signIn } = profile;
  const name = createHash("sha1")
    .update(session ?? startUrl)
    .digest("hex");
  const file = expandHome(`~/.aws/sso/cache/${name}.json`, context.env);
  let content: Record<string, unknown>;
  try {
    content = objectOf(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw failed(`${place}: there is no token of IAM Identity Center; run ${signIn}`);
  }
  const cached = tokenOf(content);
  const now = context.clock.now();
  if (cached !== undefined && cached.expiresAt - now > MARGIN_MS) return cached.accessToken;
  const renewed = cached && (await renew(cached, profile, context));
  if (renewed !== undefined) {
    keep(file, { ...content, ...renewed.fields });
    return renewed.accessToken;
  }
  // AWS's tools use a token to its end as well.
  if (cached !== undefined && cached.expiresAt > now) return cached.accessToken;
  throw failed(`${place}: the token of IAM Identity Center has expired; run ${signIn}`);
}

/**
 * Renews a token whose registration allows that. `undefined`: it cannot be renewed, or was refused.
 *
 * @see https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
 */
async function renew(
  { refreshToken, clientId, clientSecret, registrationExpiresAt = 0 }: CachedToken,
  { session, region, oidcUrl, place }: SsoProfile,
  context: SourceContext,
): Promise<{ readonly accessToken: string; readonly fields: object } | undefined> {
  if (session === undefined || !refreshToken || !clientId || !clientSecret) return undefined;
  if (registrationExpiresAt <= context.clock.now()) return undefined;
  const body = JSON.stringify({ clientId, clientSecret, grantType: "refresh_token", refreshToken });
  const headers = { "content-type": "application/json" };
  const url = `${oidcUrl ?? hostUrl("oidc", region)}/token`;
  const answer = await send(url, { method: "POST", headers, body }, place, context);
  if (answer.status !== 200) return undefined;
  const { accessToken, expiresIn, refreshToken: next } = objectOf(parsed(answer.body));
  if (typeof accessToken !== "string" || typeof expiresIn !== "number") return undefined;
  const expiresAt = new Date(context.clock.now() + expiresIn * 1000).toISOString().replace(/\.\d+Z$/u, "Z");
  return { accessToken, fields: { accessToken, expiresAt, ...(typeof next === "string" && { refreshToken: next }) } };
}

/** Replaces the cached token at once, for AWS's own tools too; a folder that cannot be written to only costs a renewal. */
function keep(file: string, content: object): void {
  const next = `${file}.${randomUUID()}`;
  try {
    writeFileSync(next, JSON.stringify(content), { mode: 0o600, flag: "wx" });
    renameSync(next, file);
  } catch {
    return;
  }
}

async function send(
  url: string,
  request: Parameters<typeof readAnswer>[2],
  place: string,
  context: SourceContext,
): ReturnType<typeof readAnswer> {
  try {
    return await readAnswer(context, url, request, LIMIT_MS);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw failed(`${place}: ${new URL(url).host}`, error);
  }
}

/** Identity Center's hosts end as those of STS do in the same partition. */
function hostUrl(service: "portal.sso" | "oidc", region: string): string {
  const { hostname } = resolveEndpoint({ service: "sts", region }).url;
  return `https://${service}.${region}${hostname.slice(`sts.${region}`.length)}`;
}

function tokenOf(content: Readonly<Record<string, unknown>>): CachedToken | undefined {
  const text = (name: string): string | undefined => {
    const value = content[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const accessToken = text("accessToken");
  const expiresAt = Date.parse(text("expiresAt") ?? "");
  if (accessToken === undefined || Number.isNaN(expiresAt)) return undefined;
  const [refreshToken, clientId, clientSecret] = ["refreshToken", "clientId", "clientSecret"].map(text);
  return {
    accessToken,
    expiresAt,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(clientId !== undefined && { clientId }),
    ...(clientSecret !== undefined && { clientSecret }),
    registrationExpiresAt: Date.parse(text("registrationExpiresAt") ?? "") || 0,
  };
}

function messageOf(body: string): string {
  const { message } = objectOf(parsed(body));
  return typeof message === "string" ? quoted(message) : "no message";
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, typeof value === "object" ? value : undefined);
}
