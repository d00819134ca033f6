import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import path from "node:path";
import type { AwsCredentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import type { TemporaryCredentials } from "../model/credentials.ts";
import { usable } from "../model/usable.ts";
import { askService } from "./ask-service.ts";
import { jsonObject, objectOf, textOf } from "./json-object.ts";
import { reasonOf } from "./service-reason.ts";
import { readTime, timeIn } from "../model/read-time.ts";
import { serviceUrl } from "./service-url.ts";
import { expandHome, variable } from "./shared-config/shared-files.ts";
import type { SourceContext } from "./source-context.ts";
import { failed } from "./source-errors.ts";
import { isoSeconds, readTokenFile, replaceTokenFile } from "./token-file.ts";

/** The session of `aws login` that a profile names. */
export interface LoginProfile {
  /** The value of `login_session`. */
  readonly session: string;
  /** The Region of the sign-in service where the cached session names none. */
  readonly region: string | undefined;
  readonly endpoint: EndpointOptions;
  /** Names the setting in errors. */
  readonly place: string;
  /** The command that signs in. */
  readonly signIn: string;
}

/** A session as `aws login` caches it. */
interface CachedLogin {
  readonly credentials: AwsCredentials;
  readonly expiresAt: number;
  readonly clientId: string;
  readonly refreshToken: string;
  readonly dpopKey: string;
}

/** Credentials that end sooner are renewed first. */
const MARGIN_MS = 5 * 60_000;

/**
 * The credentials that `aws login` cached, renewed by the sign-in service when that is due.
 *
 * @throws BrokerError `SOURCE_UNAVAILABLE` that says how to sign in.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html
 */
export async function fromLogin(profile: LoginProfile, context: SourceContext): Promise<AwsCredentials> {
  const { session, place, signIn } = profile;
  const folder = variable(context.env, "AWS_LOGIN_CACHE_DIRECTORY") ?? "~/.aws/login/cache";
  const name = createHash("sha256").update(session).digest("hex");
  const file = path.join(expandHome(folder, context.env), `${name}.json`);
  const content = readTokenFile(file, place);
  const cached = content && loginOf(content);
  if (content === undefined || cached === undefined) {
    throw failed(`${place}: there is no session of aws login; run ${signIn}`);
  }
  const now = context.clock.now();
  usable(cached.credentials, `${place}: the session of aws login`, failed);
  if (cached.expiresAt - now > MARGIN_MS) return cached.credentials;
  const region = textOf(content, "signInRegion") ?? profile.region;
  const isValid = cached.expiresAt > now;
  const renewed = await renew(cached, { ...profile, region }, context).catch((error: unknown) => {
    if (!isValid || context.signal?.aborted === true) throw error;
    return "";
  });
  if (typeof renewed !== "string") {
    usable(renewed.credentials, `${place}: the sign-in service`, failed);
    const accessToken = { ...objectOf(content["accessToken"]), ...renewed.members };
    replaceTokenFile(file, { ...content, accessToken, refreshToken: renewed.refreshToken });
    return renewed.credentials;
  }
  // AWS's tools use the credentials to their end as well.
  if (isValid) return cached.credentials;
  throw failed(`${place}: the session of aws login has expired: ${renewed}; run ${signIn}`);
}

/**
 * Renews a session. @returns the renewed session, or the reason of the refusal as text.
 *
 * @see https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html
 */
async function renew(
  { credentials, clientId, refreshToken, dpopKey }: CachedLogin,
  { region, endpoint, place }: LoginProfile,
  context: SourceContext,
) {
  if (region === undefined) return "the Region of the sign-in service is not known";
  const url = `${serviceUrl("signin", region, endpoint, place)}/v1/token`;
  const proof = dpopProof(dpopKey, url, context.clock.now());
  if (proof === undefined) return "its key cannot be read";
  const body = JSON.stringify({ clientId, refreshToken, grantType: "refresh_token" });
  const headers = { "content-type": "application/json", dpop: proof };
  const answer = await askService(url, { method: "POST", headers, body }, place, context);
  if (answer.status !== 200) return `the sign-in service answered with status ${answer.status}: ${reasonOf(answer)}`;
  const given = jsonObject(answer.body);
  const keys = keysOf(given["accessToken"]);
  const next = textOf(given, "refreshToken");
  const expiration = timeIn(given["expiresIn"], context.clock.now());
  if (keys === undefined || !next || expiration === undefined) {
    return "the answer of the sign-in service must have keys, tokens and expiresIn";
  }
  const { accountId } = credentials;
  return {
    credentials: { ...keys, expiration, ...(accountId !== undefined && { accountId }) },
    members: { ...keys, expiresAt: isoSeconds(expiration.getTime()) },
    refreshToken: next,
  };
}

/** A proof of the session's key for one request (RFC 9449, section 4.2). `undefined`: the key cannot be read. */
function dpopProof(pem: string, url: string, now: number): string | undefined {
  try {
    const key = createPrivateKey(keyOptions({ key: pem, format: "pem" as const }));
    const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" });
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
    const claims = { jti: randomUUID(), htm: "POST", htu: url, iat: Math.floor(now / 1000) };
    const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signature = sign("sha256", Buffer.from(signed), keyOptions({ key, dsaEncoding: "ieee-p1363" as const }));
    return `${signed}.${signature.toString("base64url")}`;
  } catch {
    return undefined;
  }
}

/** `node:crypto` reads inherited options: a polluted `passphrase` ends the process. */
function keyOptions<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null) as Options, options);
}

function loginOf(content: Readonly<Record<string, unknown>>): CachedLogin | undefined {
  const cached = objectOf(content["accessToken"]);
  const keys = keysOf(cached);
  const accountId = textOf(cached, "accountId");
  const [clientId, refreshToken, dpopKey] = ["clientId", "refreshToken", "dpopKey"].map((name) =>
    textOf(content, name),
  );
  const expiration = readTime(cached["expiresAt"]);
  if (keys === undefined || !clientId || !refreshToken || !dpopKey || expiration === undefined) return undefined;
  const credentials = { ...keys, expiration, ...(accountId !== undefined && { accountId }) };
  return { credentials, expiresAt: expiration.getTime(), clientId, refreshToken, dpopKey };
}

/** The keys and the token of a session; `undefined` when one is missing. */
function keysOf(
  value: unknown,
): Pick<TemporaryCredentials, "accessKeyId" | "secretAccessKey" | "sessionToken"> | undefined {
  const members = objectOf(value);
  const accessKeyId = textOf(members, "accessKeyId");
  const secretAccessKey = textOf(members, "secretAccessKey");
  const sessionToken = textOf(members, "sessionToken");
  return accessKeyId && secretAccessKey && sessionToken ? { accessKeyId, secretAccessKey, sessionToken } : undefined;
}
