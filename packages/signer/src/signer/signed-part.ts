import { type CanonicalHeaders, canonicalValue, headerValue } from "../sigv4/canonical-headers.ts";
import { authorizationUpTo } from "../sigv4/request-head.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";
import { DATE, type HeaderPlan, PAYLOAD_HASH, TOKEN } from "./header-plan.ts";

/** The headers of a request, signed and to send. Method, path, query and body play no part in it. */
export interface SignedPart extends CanonicalHeaders {
  /** The values that the part was made for. The scope's key is in the cache's slot that holds this part. */
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly timestamp: string;
  /** The values it was made from, in the order of the plan's names. */
  readonly values: readonly string[];
  readonly plan: HeaderPlan;
  /** The values to send, in the order of the plan's `all`; the place of the date is empty. */
  readonly texts: readonly string[];
  /** The line of the canonical request for each signed name; the place of the date is empty. */
  readonly eachLine: readonly string[];
  /** The lines before and after the time. */
  readonly before: string;
  readonly after: string;
  /** The Authorization header up to the signature. */
  readonly authorization: string;
}

/**
 * Makes a part. What has not changed is taken from the last part: a changed header costs its own check and line, and a
 * new second the line of the date.
 *
 * @param part the last part that was made with the same key, access key id and session token for the same plan and host.
 * @throws SignerError `INVALID_HEADER`, and then no part is made.
 */
export function signedPart(
  scope: HmacScope,
  plan: HeaderPlan,
  host: string,
  values: readonly string[],
  hash: string,
  part: SignedPart | undefined,
): SignedPart {
  const { accessKeyId, sessionToken, timestamp } = scope;
  const { names, sent, all, signed, lineOf, signedHeaders, dateLine } = plan;
  const texts = part === undefined ? [] : [...part.texts];
  const eachLine =
    part === undefined ? signed.map((name) => (name === "host" ? lineFor(name, host) : "")) : [...part.eachLine];
  let isSame = part !== undefined;
  for (let at = 0; at < values.length; at++) {
    const given = values[at]!;
    if (part !== undefined && given === part.values[at]) continue;
    const value = headerValue(names[at]!, given);
    texts[at] = value;
    const line = lineOf[at]!;
    if (line < 0) continue;
    eachLine[line] = lineFor(sent[at]!, value);
    isSame = false;
  }
  if (plan.sendsHash) {
    texts[all.indexOf(PAYLOAD_HASH)] = hash;
    eachLine[signed.indexOf(PAYLOAD_HASH)] = `${PAYLOAD_HASH}:${hash}\n`;
    isSame = false;
  }
  if (part === undefined && plan.hasToken) {
    texts[all.indexOf(TOKEN)] = sessionToken!;
    const line = signed.indexOf(TOKEN);
    // The token is long, and without white space since its credentials were checked.
    if (line >= 0) eachLine[line] = `${TOKEN}:${sessionToken}\n`;
  }
  let before = part?.before ?? "";
  let after = part?.after ?? "";
  if (!isSame) {
    before = "";
    for (let at = 0; at < dateLine; at++) before += eachLine[at]!;
    before += `${DATE}:`;
    after = "\n";
    for (let at = dateLine + 1; at < eachLine.length; at++) after += eachLine[at]!;
  }
  const isNow = isSame && part?.timestamp === timestamp;
  return {
    accessKeyId,
    sessionToken,
    timestamp,
    values,
    plan,
    texts,
    eachLine,
    before,
    after,
    lines: isNow ? part.lines : before + timestamp + after,
    signedHeaders,
    authorization:
      part?.authorization ??
      authorizationUpTo(scope.algorithm, scope.accessKeyId, scope.credentialScope, signedHeaders),
  };
}

/** The same part in another second. */
export function laterPart(part: SignedPart, timestamp: string): SignedPart {
  const { accessKeyId, sessionToken, values, plan, texts, eachLine, before, after } = part;
  const lines = before + timestamp + after;
  const { signedHeaders, authorization } = part;
  return {
    accessKeyId,
    sessionToken,
    timestamp,
    values,
    plan,
    texts,
    eachLine,
    before,
    after,
    lines,
    signedHeaders,
    authorization,
  };
}

/** @throws SignerError `INVALID_HEADER`. */
function lineFor(name: string, value: string): string {
  return `${name}:${canonicalValue(value)}\n`;
}

/** The headers to send. @param extra more of them, which replace others of the same name. */
export function headersOf(
  { plan, texts, timestamp }: SignedPart,
  authorization: string,
  extra?: Readonly<Record<string, string>>,
): Record<string, string> {
  const { all, dateText } = plan;
  const headers: Record<string, string> = {};
  for (let at = 0; at < all.length; at++) headers[all[at]!] = at === dateText ? timestamp : texts[at]!;
  if (extra !== undefined) for (const name of Object.keys(extra)) headers[name] = extra[name]!;
  headers["authorization"] = authorization;
  return headers;
}
