import { parseEndpoint } from "../endpoints/parse-endpoint.ts";
import type { SignedRequest } from "../sigv4/request.ts";
import { compareCanonicalRequests, compareStringsToSign } from "./compare.ts";
import { advice, type Diagnosis } from "./diagnosis.ts";
import { type AwsError, checkAnswer, type ErrorAnswer, readErrorAnswer } from "./error-answer.ts";
import { checkOptions } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { type ExplainOptions, explainShapes, type Explanation } from "./explanation.ts";
import type { Finding } from "./finding.ts";
import { findKnownAnswer, skewText } from "./known-answer.ts";
import { redactTokens } from "./redact.ts";
import { readSigned, type SignedSteps } from "./signed-steps.ts";

/** AWS accepts signatures within this time. */
const MAX_SKEW_MS = 300_000;

/** A longer line is cut when it is shown. AWS accepts no header or query that is longer. */
const MAX_SHOWN_CHARS = 16_384;

/**
 * Tells why AWS refused a signed request: reads what AWS says it expected, finds the first byte in which that differs
 * from what was signed, and names the cause.
 *
 * Give an explanation where you can: of a signed request alone the canonical request is computed by the rules of its
 * service, and a signer that deviates from them goes unnoticed.
 *
 * @param answer the refusal, as any HTTP client has it: XML or JSON, whole or cut off.
 * @throws SignerError `INVALID_OPTION` for a request that carries no signature.
 *
 * @example
 * const { cause, detail, advice } = diagnose({ status: 403, headers: response.headers, body }, signed);
 */
export function diagnose(
  answer: ErrorAnswer,
  signed: SignedRequest | Explanation,
  options: ExplainOptions = {},
): Diagnosis {
  const { reveal = false } = checkOptions(options, explainShapes, refuseOption);
  checkAnswer(answer);
  const ours = readSigned(signed);
  const { cause, detail, difference } = find(readErrorAnswer(answer), ours, answer.status);
  const { sessionToken } = ours.claim;
  const show = (text: string): string =>
    reveal ? text : redactTokens(text, sessionToken === undefined ? [] : [sessionToken]);
  return {
    cause,
    detail: show(detail),
    advice: advice[cause],
    ...(difference && {
      difference: {
        ...difference,
        expected: show(difference.expected).slice(0, MAX_SHOWN_CHARS),
        actual: show(difference.actual).slice(0, MAX_SHOWN_CHARS),
      },
    }),
  };
}

function find(error: AwsError, ours: SignedSteps, status: number): Finding {
  const known = findKnownAnswer(error, ours) ?? findInStages(error, ours);
  if (known !== undefined) return known;
  if (!/^(?:SignatureDoesNotMatch|InvalidSignature)$/.test(error.code)) {
    const said = error.message.trim().slice(0, 300);
    return {
      cause: "other",
      detail: `the answer is not about the signature: ${error.code || `status ${status}`}${said && `, "${said}"`}`,
    };
  }
  return (
    findInScope(ours) ??
    findInDate(error, ours) ?? {
      cause: "other",
      detail: "AWS did not say what it expected; host, credential scope and date are in order",
    }
  );
}

/** Compares every stage that AWS shows with what was signed. */
function findInStages({ canonicalRequest, stringToSign }: AwsError, ours: SignedSteps): Finding | undefined {
  if (canonicalRequest !== "" && canonicalRequest !== ours.canonicalRequest) {
    if (!ours.canonicalRequest.startsWith(canonicalRequest)) {
      return compareCanonicalRequests(ours.canonicalRequest, canonicalRequest);
    }
    return { cause: "other", detail: "what AWS expected was cut off, and agrees up to there" };
  }
  if (stringToSign !== "" && stringToSign !== ours.stringToSign) {
    return compareStringsToSign(ours.stringToSign, stringToSign);
  }
  if (canonicalRequest === "" && stringToSign === "") return undefined;
  return ours.doubt() ?? { cause: "wrong-secret", detail: "every stage agrees, and the signature does not" };
}

/** Compares the credential scope with the host, which tells where AWS's names are known. */
function findInScope({ host, claim: { scope } }: SignedSteps): Finding | undefined {
  const endpoint = parseEndpoint(host);
  if (endpoint === undefined) return undefined;
  const { signingName, signingRegion } = endpoint;
  if (signingName !== scope.service) {
    return { cause: "wrong-service", detail: `signed for "${scope.service}", and ${host} takes "${signingName}"` };
  }
  if (signingRegion === scope.region) return undefined;
  return { cause: "wrong-region", detail: `signed for ${scope.region}, and ${host} is in ${signingRegion}` };
}

/** Compares the date of the signature with that of the answer. */
function findInDate({ answeredAt }: AwsError, { claim }: SignedSteps): Finding | undefined {
  const ms = answeredAt === undefined ? 0 : claim.date.getTime() - answeredAt.getTime();
  if (claim.form === "query" || Math.abs(ms) <= MAX_SKEW_MS) return undefined;
  return { cause: "clock-skew", detail: `this machine's clock ${skewText(ms)}` };
}
