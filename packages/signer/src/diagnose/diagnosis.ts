/**
 * Why AWS refuses a signature: a closed list of eighteen.
 *
 * - `method`: the method was changed in transit.
 * - `path-encoded-once`, `path-encoded-twice`: the path was signed with less, or more, encoding than the service uses.
 * - `path-changed`, `query-changed`: the path or the query that arrived is another than was signed, or the path was
 *   normalised on one side only.
 * - `query-order`, `query-encoding`: the query was signed in another order, or encoded otherwise.
 * - `header-changed`: a signed header arrived with another value, or an unsigned `x-amz-*` header was added.
 * - `header-missing`: a signed header, or the signature itself, did not arrive.
 * - `body-changed`: the body that arrived is not the one whose hash was signed.
 * - `wrong-service`, `wrong-region`: the credential scope names another service or region than the host belongs to.
 * - `clock-skew`: the clocks of signer and service differ.
 * - `session-token-missing`, `session-token-stale`: the token of temporary credentials is not there, or no longer good.
 * - `signature-expired`: the request arrived too long after it was signed.
 * - `unknown-access-key`: AWS does not know the access key id.
 * - `wrong-secret`: every stage agrees and the signature does not.
 */
export type DiagnosisCause =
  | "method"
  | "path-encoded-once"
  | "path-encoded-twice"
  | "path-changed"
  | "query-changed"
  | "query-order"
  | "query-encoding"
  | "header-changed"
  | "header-missing"
  | "body-changed"
  | "wrong-service"
  | "wrong-region"
  | "clock-skew"
  | "session-token-missing"
  | "session-token-stale"
  | "signature-expired"
  | "unknown-access-key"
  | "wrong-secret";

/** The first place where what was signed and what AWS expected part. Session tokens are redacted. */
export interface Difference {
  readonly stage: "canonicalRequest" | "stringToSign";
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in the unredacted line. */
  readonly column: number;
  /** The line that AWS computed. */
  readonly expected: string;
  /** The line that was signed. */
  readonly actual: string;
}

/** What is wrong, and what to do. */
export interface Diagnosis {
  /** `other`: the answer is not about the signature, or does not say enough; `detail` tells which. */
  readonly cause: DiagnosisCause | "other";
  /** What was found, in a sentence. */
  readonly detail: string;
  /** What to do, in one line. */
  readonly advice: string;
  readonly difference?: Difference;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
export const advice: Readonly<Record<Diagnosis["cause"], string>> = Object.freeze({
  __proto__: null as never,
  method:
    "Find what rewrites the method between client and AWS (a proxy, a redirect) and sign for the method that arrives.",
  "path-encoded-once":
    'Encode the path twice for this service: settings.pathEncoding "double", the default except for S3.',
  "path-encoded-twice": 'Encode the path once for this service: settings.pathEncoding "single", as S3 needs.',
  "path-changed":
    "Find what rewrites the path between client and AWS (a proxy, a gateway) and sign the path that arrives.",
  "query-changed": "Find what adds, removes or rewrites query parameters, and sign the query that arrives.",
  "query-order": "Sort the canonical query by encoded name, then by value; do not sort what is sent.",
  "query-encoding":
    "Percent-encode everything in the query but A-Z a-z 0-9 - . _ ~ before signing, and send exactly that.",
  "header-changed": "Do not sign headers that change on the way, and sign every x-amz-* header that is sent.",
  "header-missing": "Find what removes the header on the way, or sign without it.",
  "body-changed":
    "Sign the very bytes that are sent: serialise once, then sign, then send without compressing or re-encoding.",
  "wrong-service": 'Sign for the service of the host; every SageMaker API but geospatial is signed for "sagemaker".',
  "wrong-region": "Sign for the region in which the host is.",
  "clock-skew": "Set this machine's clock (NTP), or let the clock observe answers: clock.observe().",
  "session-token-missing": "Send the session token that belongs to the access key in x-amz-security-token, signed.",
  "session-token-stale": "Get new temporary credentials, and use key id, secret and token of one set together.",
  "signature-expired":
    "Sign right before sending, sign anew for every attempt, and presign for as long as the URL is needed.",
  "unknown-access-key": "Check the access key id: that it exists, is active and belongs to this partition.",
  "wrong-secret": "Check the secret access key: the wrong one for this key id, or white space copied along with it.",
  other: "Read the detail; when AWS does not say what it expected, compare with explain() on both sides.",
});
