import { BrokerError } from "./error.ts";

/** Longer messages of foreign errors are cut. */
const MAX_MESSAGE = 1000;

const SECRETS = [
  // SignatureDoesNotMatch quotes the canonical request, which contains the token.
  /(?<=x-amz-security-token[:=])[^\s&"'\\]+/giu,
  // So do some refusals the Authorization header: a signature is valid for minutes.
  /(?<=signature[:=]\s?)[^\s&,"'\\]+/giu,
  // JSON Web Tokens, session tokens, and all that is too long for a word.
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]+/gu,
  /(?:IQoJ|FwoG|FQoG|AQoD)[\w+/=-]{32,}/gu,
  /(?<![\w+/=:.-])[\w+/=-]{64,}/gu,
  // A secret access key is 40 characters of base64.
  /(?<![\w+/=])[A-Za-z0-9+/]{40}(?![\w+/=])/gu,
  // The password of a URL.
  /(?<=\/\/)[^\s/@]+@/gu,
];

/** Replaces everything in a message that looks like a secret, and cuts it to one line of at most 1,000 characters. */
export function scrub(message: string): string {
  // eslint-disable-next-line no-control-regex
  const line = message.slice(0, 2 * MAX_MESSAGE).replace(/[\u0000-\u001f\u007f-\u009f]+/gu, " ");
  return SECRETS.reduce((text, secret) => text.replace(secret, "<removed>"), line).slice(0, MAX_MESSAGE);
}

/** The code or the class name of a foreign error, when it is a short identifier. */
export function nameOf(error: unknown): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const known = [code, name].find(
    (one) => typeof one === "string" && /^[\w.-]{1,63}$/u.test(one) && scrub(one) === one,
  );
  return (known as string | undefined) ?? "an error";
}

/**
 * Codes of AWS whose messages name ARNs, parameters and limits, and so tell the operator what to change. The messages of
 * all other codes are left out: `SignatureDoesNotMatch`, for one, quotes the whole request.
 */
const QUOTED: ReadonlySet<string> = new Set([
  "AccessDenied",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "MalformedPolicyDocument",
  "OptInRequired",
  "PackedPolicyTooLarge",
  "RegionDisabled",
  "SessionDurationEscalation",
  "ValidationError",
]);

/** What a foreign error says: its scrubbed message if its code is one of those, else its code or class name. */
export function sayingOf(error: unknown): string {
  const { name, message } = Object(error) as { readonly name?: unknown; readonly message?: unknown };
  const isQuoted = typeof name === "string" && QUOTED.has(name.replace(/Exception$/u, ""));
  return (isQuoted && typeof message === "string" && scrub(message)) || nameOf(error);
}

/**
 * A copy of a foreign error that is safe to log: its name, code, status and request id, its scrubbed message (of AWS's only
 * where its code is one of those), and the same of its causes. The original may contain requests, answers and secrets.
 */
export function withoutSecrets(error: unknown, depth = 3): Error {
  const foreign = Object(error) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly cause?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  };
  const { message, cause, name, code } = foreign;
  // AWS's clients set `$metadata`. Other errors are of the caller's own functions and of the system.
  const isAws = foreign.$metadata !== undefined;
  const own = typeof message === "string" ? message : error instanceof Error ? "" : String(error);
  const copy = new Error(isAws ? sayingOf(error) : scrub(own));
  if (typeof name === "string") copy.name = scrub(name);
  delete copy.stack;
  const { httpStatusCode, requestId } = foreign.$metadata ?? {};
  return Object.assign(copy, {
    ...(typeof code === "string" && { code: scrub(code) }),
    ...(typeof httpStatusCode === "number" && { httpStatusCode }),
    ...(typeof requestId === "string" && { requestId: scrub(requestId) }),
    ...(cause instanceof Error && depth > 0 && { cause: withoutSecrets(cause, depth - 1) }),
  });
}

/**
 * The error, if it can be described. Others, such as an object without a prototype or with a getter that throws, would fail
 * where they are described, by an error that says what it likes: one that says nothing stands in for them.
 */
export function readable(error: unknown): unknown {
  try {
    const described = [error instanceof BrokerError, nameOf(error), sayingOf(error), withoutSecrets(error)];
    return described.length > 0 ? error : undefined;
  } catch {
    return new Error("its parts cannot be read");
  }
}
