import type { AwsError } from "./error-answer.ts";
import type { Finding } from "./finding.ts";
import { readDate } from "./read-date.ts";
import type { SignedSteps } from "./signed-steps.ts";

interface KnownAnswer {
  /** Matches the code, a space and the message. */
  readonly pattern: RegExp;
  readonly find: (match: RegExpExecArray, error: AwsError, ours: SignedSteps) => Finding;
}

/**
 * Answers whose wording names the cause.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const knownAnswers: readonly KnownAnswer[] = [
  {
    pattern: /Signature expired: (\w+) is now earlier than \w+ \((\w+) -/,
    find: ([, signed = "", arrived = ""]) => ({
      cause: "signature-expired",
      detail: `signed at ${signed} and received at ${arrived}, ${secondsBetween(signed, arrived)} later: it waited that long, or this machine's clock is behind`,
    }),
  },
  {
    pattern: /Signature not yet current: (\w+) is still later than \w+ \((\w+) \+/,
    find: ([, signed = "", arrived = ""]) => ({
      cause: "clock-skew",
      detail: `this machine's clock is ahead of AWS by ${secondsBetween(arrived, signed)}`,
    }),
  },
  {
    pattern: /^RequestTimeTooSkewed /,
    find(_, { element, answeredAt }, { claim }) {
      const there = readDate(element("ServerTime")) ?? answeredAt;
      const ms = there === undefined ? Number.NaN : claim.date.getTime() - there.getTime();
      return { cause: "clock-skew", detail: `this machine's clock ${skewText(ms)}` };
    },
  },
  {
    pattern: /Date in Credential scope does not match/,
    find: () => ({ cause: "clock-skew", detail: "the day of the credential scope is not the day of the signature" }),
  },
  {
    pattern: /^(?:RequestExpired |AccessDenied .*Request has expired)/,
    find: (_, __, { claim: { timestamp, expiresIn } }) => ({
      cause: "signature-expired",
      detail: `signed at ${timestamp}${expiresIn === undefined ? "" : ` for ${expiresIn} s`}, and that is over`,
    }),
  },
  {
    pattern: /^ExpiredToken |security token included in the request is expired/,
    find: () => ({ cause: "session-token-stale", detail: "the temporary credentials have expired" }),
  },
  {
    pattern: /scoped to (?:a )?correct service: '([^']+)'/,
    find: ([, right = ""], _, { claim: { scope } }) => ({
      cause: "wrong-service",
      detail: `signed for "${scope.service}", and the host takes "${right}"`,
    }),
  },
  {
    pattern: /scoped to a valid [Rr]egion|region '[^']*' is wrong/,
    find: (_, error, { claim: { scope } }) => ({
      cause: "wrong-region",
      detail: `signed for ${scope.region}, and the host is in ${error.element("Region") || /expecting '([^']+)'/.exec(error.message)?.[1] || "another region"}`,
    }),
  },
  {
    pattern: /headers present in the request which were not signed/,
    find: (_, { element }) => ({
      cause: "header-changed",
      detail: `headers were added after signing${element("HeadersNotSigned") && `: ${element("HeadersNotSigned")}`}`,
    }),
  },
  {
    pattern: /^XAmzContentSHA256Mismatch |x-amz-content-sha256' header does not match/,
    find: () => ({ cause: "body-changed", detail: "the body that arrived does not have the hash that was signed" }),
  },
  {
    pattern: /^InvalidAccessKeyId |Access Key Id you provided does not exist/,
    find: (_, __, { claim: { accessKeyId } }) => ({
      cause: "unknown-access-key",
      detail: `AWS has no access key ${accessKeyId}`,
    }),
  },
  {
    pattern:
      /^(?:InvalidClientTokenId|UnrecognizedClient|InvalidToken) |security token included in the request is invalid/,
    find(_, __, { claim: { accessKeyId, sessionToken } }) {
      if (sessionToken !== undefined) {
        return {
          cause: "session-token-stale",
          detail: `the session token is not, or no longer, the one of access key ${accessKeyId}`,
        };
      }
      // Key ids of temporary credentials: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
      return accessKeyId.startsWith("ASIA")
        ? { cause: "session-token-missing", detail: `${accessKeyId} is a temporary key, and no session token was sent` }
        : { cause: "unknown-access-key", detail: `AWS does not know the access key ${accessKeyId}` };
    },
  },
  {
    pattern: /^MissingAuthenticationToken |missing authentication token/i,
    find: () => ({
      cause: "header-missing",
      detail: "no signature arrived: the Authorization header was removed in transit",
    }),
  },
  {
    pattern: /^IncompleteSignature |must be a 'SignedHeader'/,
    find: (_, { message }) => ({
      cause: "header-missing",
      // The message may quote the whole header.
      detail: `the signature arrived incomplete: ${message.split("Authorization=")[0]?.slice(0, 200).trim()}`,
    }),
  },
];

/** The finding of an answer whose wording names the cause. */
export function findKnownAnswer(error: AwsError, ours: SignedSteps): Finding | undefined {
  const text = `${error.code} ${error.message}`;
  for (const { pattern, find } of knownAnswers) {
    const match = pattern.exec(text);
    if (match !== null) return find(match, error, ours);
  }
  return undefined;
}

/** Says by how much a clock is off. */
export function skewText(ms: number): string {
  if (Number.isNaN(ms)) return "and that of AWS differ by more than AWS allows";
  return `is ${ms > 0 ? "ahead of" : "behind"} AWS by ${Math.round(Math.abs(ms) / 1000)} s`;
}

function secondsBetween(earlier: string, later: string): string {
  const time = (text: string): number => readDate(text)?.getTime() ?? Number.NaN;
  const seconds = (time(later) - time(earlier)) / 1000;
  return Number.isNaN(seconds) ? "some time" : `${seconds} s`;
}
