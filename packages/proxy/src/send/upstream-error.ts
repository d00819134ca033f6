import { errorCode } from "@countersign/fetch/attempts";
import type { AwsCredentials } from "@countersign/signer";
import { redactTokens } from "@countersign/signer/diagnose";
import { createBlocks } from "../receive/blocks.ts";
import { Refusal } from "../refusal.ts";
import { quotesSecrets, unescaped } from "./quoted-secrets.ts";

/** AWS's answer, over either version of HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer>;
}

/** An answer that is not passed on as it is: an error, or a redirect. */
export function isRefused(status: number): boolean {
  return status >= 300 && status !== 304;
}

/** Codes, without their suffix "Exception", by which AWS refuses credentials. */
const REFUSED_CREDENTIALS: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidToken",
  "UnrecognizedClient",
]);

/** Codes by which AWS refuses a signature. */
const REFUSED_SIGNATURE: ReadonlySet<string> = new Set([
  "IncompleteSignature",
  "InvalidSignature",
  "MissingAuthenticationToken",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/**
 * Whether a code says that the credentials are bad. A signature can be wrong because of what a client sent, so that it says
 * nothing about them: a client must not be able to take the credentials of a role away from others.
 */
export function refusesCredentials(code: string): boolean {
  return REFUSED_CREDENTIALS.has(code);
}

/** Operations of STS that take a token from the client. */
const TAKES_TOKEN = /^sts:AssumeRo/iu;

/**
 * The code of an error that is about the proxy's own signature, and so not the client's fault; else `undefined`.
 *
 * @param actions of the request. STS answers 403 where the token of a signature has expired, and 400 where a token has
 * expired that the client sent, which says nothing about the proxy's credentials.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
export async function ownFault(
  { status, headers, bytes }: Omit<Answer, "body"> & { readonly bytes: Buffer },
  actions: readonly string[],
): Promise<string | undefined> {
  if (status !== 400 && status !== 401 && status !== 403) return undefined;
  const code = await errorCode({
    status,
    header: (name) => [headers[name] ?? []].flat().join(","),
    text: async () => bytes.toString("utf8"),
  });
  if (code === "ExpiredToken" && status === 400 && actions.some((action) => TAKES_TOKEN.test(action))) return undefined;
  return code !== undefined && (REFUSED_CREDENTIALS.has(code) || REFUSED_SIGNATURE.has(code)) ? code : undefined;
}

/** An error's body without the session token and the access key id that the request was signed with. */
export function redacted(body: Buffer, credentials: AwsCredentials): Buffer {
  const text = body.toString("utf8");
  const shown = redactedText(text, credentials);
  return shown === text ? body : Buffer.from(shown);
}

/** An error's headers without what its body must not quote either. */
export function redactedHeaders(headers: Answer["headers"], credentials: AwsCredentials): Answer["headers"] {
  const show = (value: string): string => redactedText(value, credentials);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(show) : value && show(value),
    ]),
  );
}

/** @throws Refusal `ServiceUnavailable`, status 502, for text that quotes a secret in another encoding. */
function redactedText(text: string, credentials: AwsCredentials): string {
  const { accessKeyId, sessionToken = "" } = credentials;
  if (!quotesSecrets(text, credentials) && !/x-amz-security-token/iu.test(text)) return text;
  const tokens = sessionToken === "" ? [] : [sessionToken];
  const shown = redactTokens(text, tokens).replaceAll(accessKeyId, "<access key id>");
  // Of a token with a few escapes in it, the short ends between them would stay.
  const rest = unescaped(tokens.reduce((before, token) => before.replaceAll(token, ""), text));
  if (quotesSecrets(shown, credentials) || tokens.some((token) => rest.includes(token))) throw unreadable();
  return shown;
}

/** Longer errors are not passed on: they cannot be checked for what they quote. */
const MAX_ERROR_BYTES = 262_144;

/** The whole body of an error. @throws Refusal `ServiceUnavailable`, status 502, above 256 KiB. */
export async function readError(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const blocks = createBlocks();
  for await (const piece of body) {
    if (blocks.length + piece.length > MAX_ERROR_BYTES)
      throw new Refusal(502, "ServiceUnavailable", "The service's error is too long to be checked.");
    blocks.add(piece);
  }
  return blocks.join();
}

/**
 * Checks that an error can be read for what it quotes: not compressed, and in a form of text that has ASCII in it.
 *
 * @throws Refusal `ServiceUnavailable`, status 502.
 */
export function checkReadable(headers: Answer["headers"], body: Buffer): void {
  const encoding = [headers["content-encoding"] ?? []].flat().join(",").trim();
  const charset = /charset\s*=\s*["']?([^\s"';,]*)/iu.exec([headers["content-type"] ?? []].flat().join(","))?.[1];
  const isPlain = encoding === "" || /^identity$/iu.test(encoding);
  // UTF-16 and UTF-32 write ASCII with NUL.
  if (isPlain && (charset === undefined || PLAIN_CHARSET.test(charset)) && !body.includes(0)) return;
  throw unreadable();
}

function unreadable(): Refusal {
  return new Refusal(502, "ServiceUnavailable", "The service's error is encoded and cannot be checked.");
}

const PLAIN_CHARSET = /^(?:utf-?8|us-ascii|iso-8859-1)$/iu;
