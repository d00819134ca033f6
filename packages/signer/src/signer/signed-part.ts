import { type CanonicalHeaders, canonicalValue, headerValue } from "../sigv4/canonical-headers.ts";
import { authorizationUpTo } from "../sigv4/request-head.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";
import type { HeaderPlan } from "./header-plan.ts";

/** What becomes of the headers of a request. Method, path, query and body play no part in it. */
export interface SignedPart {
  /** The values it was made from, in the order of the plan's names. */
  readonly values: readonly string[];
  /** The headers to send, with room for the authorization: Node 20 is slow to copy an object and add to the copy. */
  readonly headers: Readonly<Record<string, string>>;
  readonly canonical: CanonicalHeaders;
  /** The Authorization header up to the signature. */
  readonly authorization: string;
}

/** What a part depends on besides the values. */
export interface PartScope {
  readonly scope: HmacScope;
  readonly plan: HeaderPlan;
  readonly host: string;
  /** The last part that was made for the same scope, plan and host. */
  readonly part: SignedPart | undefined;
}

/**
 * Works out a part. What has not changed since the last one is taken from it: a header that is not signed costs its own
 * check only.
 *
 * @throws SignerError `INVALID_HEADER`, and then no part is made.
 */
export function signedPart(
  { scope, plan, host, part }: PartScope,
  values: readonly string[],
  hash: string,
): SignedPart {
  const headers: Record<string, string> = { ...part?.headers };
  let isSame = part !== undefined && !plan.sendsHash;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (part !== undefined && value === part.values[at]) continue;
    headers[plan.sent[at]!] = headerValue(plan.names[at]!, value);
    if (plan.signs[at] === true) isSame = false;
  }
  if (part !== undefined && isSame) {
    return { values, headers, canonical: part.canonical, authorization: part.authorization };
  }
  if (part === undefined) headers["x-amz-date"] = scope.timestamp;
  if (plan.sendsHash) headers["x-amz-content-sha256"] = hash;
  if (part === undefined) {
    if (plan.hasToken) headers["x-amz-security-token"] = scope.sessionToken!;
    headers["authorization"] = "";
  }
  return {
    values,
    headers,
    canonical: { lines: linesOf(plan.signed, host, headers), signedHeaders: plan.signedHeaders },
    authorization: part?.authorization ?? authorizationUpTo(scope, plan.signedHeaders),
  };
}

/** `name:value\n` of each signed header. */
function linesOf(signed: readonly string[], host: string, headers: Readonly<Record<string, string>>): string {
  let lines = "";
  for (const name of signed) {
    const value = name === "host" && !Object.hasOwn(headers, name) ? host : headers[name]!;
    // The token is long, and without white space since its credentials were checked.
    lines += `${name}:${name === "x-amz-security-token" ? value : canonicalValue(value)}\n`;
  }
  // Reading a character joins the string's pieces for good, which every hash would do anew for itself.
  lines.charCodeAt(0);
  return lines;
}
