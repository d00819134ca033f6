import { type CanonicalHeaders, canonicalValue, headerValue } from "../sigv4/canonical-headers.ts";
import { authorizationUpTo } from "../sigv4/request-head.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";
import type { HeaderPlan } from "./header-plan.ts";

const DATE = "x-amz-date";

/** What becomes of the headers of a request. Method, path, query and body play no part in it. */
export interface SignedPart {
  /** The scope it was made for. Of a scope's key, which is not here, its slot is the owner. */
  readonly made: Pick<HmacScope, "accessKeyId" | "sessionToken" | "timestamp">;
  /** The values it was made from, in the order of the plan's names. */
  readonly values: readonly string[];
  /** The headers to send, with room for the authorization: Node 20 is slow to copy an object and add to the copy. */
  readonly headers: Readonly<Record<string, string>>;
  /** The lines of the canonical request before and after that of the date. */
  readonly around: readonly [string, string];
  readonly canonical: CanonicalHeaders;
  /** The Authorization header up to the signature. */
  readonly authorization: string;
}

/**
 * Works out a part. What has not changed since the last one is taken from it: a header that is not signed costs its own
 * check only, and a new second its own line.
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
  const headers: Record<string, string> = { ...part?.headers };
  let isSame = part !== undefined && !plan.sendsHash;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (part !== undefined && value === part.values[at]) continue;
    headers[plan.sent[at]!] = headerValue(plan.names[at]!, value);
    if (plan.signs[at] === true) isSame = false;
  }
  headers[DATE] = timestamp;
  if (plan.sendsHash) headers["x-amz-content-sha256"] = hash;
  if (part === undefined) {
    if (plan.hasToken) headers["x-amz-security-token"] = sessionToken!;
    headers["authorization"] = "";
  }
  const around = part !== undefined && isSame ? part.around : linesAroundDate(plan.signed, host, headers);
  const canonical =
    part !== undefined && isSame && part.made.timestamp === timestamp
      ? part.canonical
      : { lines: joined(around, timestamp), signedHeaders: plan.signedHeaders };
  return {
    made:
      part !== undefined && part.made.timestamp === timestamp ? part.made : { accessKeyId, sessionToken, timestamp },
    values,
    headers,
    around,
    canonical,
    authorization: part?.authorization ?? authorizationUpTo(scope, plan.signedHeaders),
  };
}

/** The same part in another second. */
export function partLater(
  { made, values, headers, around, canonical, authorization }: SignedPart,
  timestamp: string,
): SignedPart {
  const { accessKeyId, sessionToken } = made;
  return {
    made: { accessKeyId, sessionToken, timestamp },
    values,
    headers: { ...headers, [DATE]: timestamp },
    around,
    canonical: { lines: joined(around, timestamp), signedHeaders: canonical.signedHeaders },
    authorization,
  };
}

/** `name:value\n` of each signed header, before and after that of the date. */
function linesAroundDate(
  signed: readonly string[],
  host: string,
  headers: Readonly<Record<string, string>>,
): readonly [string, string] {
  let before = "";
  let lines = "";
  for (const name of signed) {
    if (name === DATE) {
      before = lines;
      lines = "";
      continue;
    }
    const value = name === "host" && !Object.hasOwn(headers, name) ? host : headers[name]!;
    // The token is long, and without white space since its credentials were checked.
    lines += `${name}:${name === "x-amz-security-token" ? value : canonicalValue(value)}\n`;
  }
  return [before, lines];
}

function joined([before, after]: readonly [string, string], timestamp: string): string {
  return `${before}${DATE}:${timestamp}\n${after}`;
}
