import { amzParameters } from "./amz-parameters.ts";
import type { RequestParts } from "./received-request.ts";
import { onlyValue } from "./received-request.ts";
import { VerifyError, type VerifyErrorCode } from "./verify-error.ts";
import { trimSpace } from "./white-space.ts";

/** What a request says about its signature: who, when and for what. Nothing of it is proven yet. */
export interface SignatureClaim {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  readonly scope: { readonly day: string; readonly region: string; readonly service: string };
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** As it is signed: `20150830T123600Z`. */
  readonly timestamp: string;
  readonly date: Date;
  /** Seconds; of presigned URLs. */
  readonly expiresIn: number | undefined;
  readonly sessionToken: string | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const FIELDS: ReadonlySet<string> = new Set(["Credential", "SignedHeaders", "Signature"]);

/** Reads the claim from the Authorization header or from the query. */
export function readClaim(parts: RequestParts): SignatureClaim {
  const authorization = onlyValue(parts, "authorization");
  const query = amzParameters(parts.query);
  const presigned = query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature");
  if (authorization !== undefined && presigned) {
    throw new VerifyError("InvalidArgument", "Only one auth mechanism allowed: the Authorization header or the query.");
  }
  if (presigned) return fromQuery(query);
  if (authorization === undefined || !authorization.startsWith("AWS4-")) {
    throw new VerifyError("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  return fromHeader(authorization, parts);
}

function fromHeader(authorization: string, parts: RequestParts): SignatureClaim {
  const code = "IncompleteSignature";
  const space = authorization.indexOf(" ");
  checkAlgorithm(space < 0 ? authorization : authorization.slice(0, space), code);
  const fields = new Map<string, string>();
  for (const part of authorization.slice(space + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = trimSpace(part.slice(0, Math.max(equals, 0)));
    if (fields.has(name) || !FIELDS.has(name)) {
      throw new VerifyError(
        code,
        "Authorization header is not a list of name=value: Credential, SignedHeaders and Signature, each once.",
      );
    }
    fields.set(name, trimSpace(part.slice(equals + 1)));
  }
  const field = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw new VerifyError(code, `Authorization header requires '${name}' parameter.`);
    return value;
  };
  const date = onlyValue(parts, "x-amz-date") ?? onlyValue(parts, "date");
  if (date === undefined) {
    throw new VerifyError(code, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const { accessKeyId, scope } = readCredential(field("Credential"), code);
  const signedHeaders = field("SignedHeaders").split(";");
  const signature = field("Signature");
  const { date: signedAt, timestamp } = readDate(date, code);
  return {
    form: "header",
    accessKeyId,
    scope,
    signedHeaders,
    signature,
    timestamp,
    date: signedAt,
    // Written even though it is undefined: a polluted `Object.prototype` could otherwise extend the time of any
    // signature.
    expiresIn: undefined,
    sessionToken: onlyValue(parts, "x-amz-security-token"),
  };
}

function fromQuery(query: ReadonlyMap<string, readonly string[]>): SignatureClaim {
  const code = "AuthorizationQueryParametersError";
  const field = (name: string): string => {
    const [value, ...more] = query.get(name) ?? [];
    if (!value || more.length > 0) {
      throw new VerifyError(code, `Query-string authentication requires exactly one ${name} parameter.`);
    }
    return value;
  };
  checkAlgorithm(field("X-Amz-Algorithm"), code);
  const credential = readCredential(field("X-Amz-Credential"), code);
  // Amazon S3 requires X-Amz-Expires. Other services accept a URL without it for 15 minutes.
  const isOptional = credential.scope.service !== "s3" && !query.has("X-Amz-Expires");
  const expires = isOptional ? "900" : field("X-Amz-Expires");
  if (!/^\d{1,6}$/.test(expires) || Number(expires) > 604_800) {
    throw new VerifyError(code, "X-Amz-Expires must be a number of seconds, and at most a week (604800).");
  }
  return {
    form: "query",
    ...credential,
    signedHeaders: field("X-Amz-SignedHeaders").split(";"),
    signature: field("X-Amz-Signature"),
    ...readDate(field("X-Amz-Date"), code),
    expiresIn: Number(expires),
    sessionToken: query.has("X-Amz-Security-Token") ? field("X-Amz-Security-Token") : undefined,
  };
}

function checkAlgorithm(algorithm: string, code: VerifyErrorCode): void {
  if (algorithm !== ALGORITHM) throw new VerifyError(code, `Unsupported AWS 'algorithm': expected ${ALGORITHM}.`);
}

function readCredential(credential: string, code: VerifyErrorCode): Pick<SignatureClaim, "accessKeyId" | "scope"> {
  const match = /^([^/\s]+)\/([\w.-]+)\/([\w.-]+)\/([\w.-]+)\/([^/]*)$/.exec(credential);
  if (match === null) {
    throw new VerifyError(
      code,
      "Credential must have exactly 5 slash-delimited elements: keyid/date/region/service/term",
    );
  }
  const [, accessKeyId = "", day = "", region = "", service = "", terminator] = match;
  if (terminator !== "aws4_request") {
    throw new VerifyError(
      "SignatureDoesNotMatch",
      "Credential should be scoped with a valid terminator: 'aws4_request'.",
    );
  }
  return { accessKeyId, scope: { day, region, service } };
}

/** The latest date that was read. The requests of one second have the same one, and parsing it is a tenth of a verification. */
let latest = { text: "", time: 0, timestamp: "" };

function readDate(text: string, code: VerifyErrorCode): Pick<SignatureClaim, "timestamp" | "date"> {
  if (text !== latest.text || text === "") latest = parseDate(text, code);
  return { date: new Date(latest.time), timestamp: latest.timestamp };
}

function parseDate(text: string, code: VerifyErrorCode): typeof latest {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const date = new Date(iso);
  // `Date` parses many forms. The text must equal the date written back, in the basic format or as an IMF-fixdate (RFC
  // 9110, section 5.6.7).
  const valid =
    !Number.isNaN(date.getTime()) && (iso === text ? date.toUTCString() === text : date.toISOString() === iso);
  if (!valid) throw new VerifyError(code, "Date must be in ISO-8601 'basic format', such as 20150830T123600Z.");
  return { text, time: date.getTime(), timestamp: date.toISOString().replace(/[-:]|\.\d{3}/g, "") };
}
