import type { Fault } from "./fault.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Answer } from "../wire/protocol.ts";

/** Ends the connection without an answer. */
export class Dropped extends Error {}

/** Carries an answer that replaces the operation's answer. */
export class Instead extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

/** Throws the error of a fault that answers before anything is processed. */
export function refuse(faults: readonly Fault[]): void {
  for (const fault of faults) {
    switch (fault.kind) {
      case "drop-before-body":
        throw new Dropped();
      case "status":
        throw new AwsError(
          fault.code ?? (fault.status === 503 ? "ServiceUnavailable" : "InternalFailure"),
          fault.message ?? "The request processing has failed because of an unknown error, exception or failure.",
          { status: fault.status },
        );
      case "throttle":
        throw new AwsError("Throttling", "Rate exceeded");
      case "redirect":
        throw new Instead({ status: fault.status ?? 307, headers: { location: fault.location }, body: "" });
      case "expired-token":
        throw new AwsError("ExpiredToken", "The security token included in the request is expired");
      case "wrong-region":
        throw new AwsError("SignatureDoesNotMatch", "Credential should be scoped to a valid region. ");
      default:
    }
  }
}

/** The error of the clock that checks this request, in milliseconds. */
export function skewOf(faults: readonly Fault[]): number {
  return faults.reduce((sum, fault) => (fault.kind === "skewed-date" ? sum + fault.ms : sum), 0);
}

/** The output of an STS operation with the credentials that a fault asks for. */
export function spoilOutput(output: unknown, faults: readonly Fault[], now: number): unknown {
  let spoilt = output;
  for (const { kind } of faults) {
    if (kind === "expired-credentials") spoilt = withCredentials(spoilt, { Expiration: new Date(now - 3_600_000) });
    if (kind === "invalid-date") spoilt = withCredentials(spoilt, { Expiration: "not-a-date" });
    if (kind === "wrong-account") spoilt = withOtherAccount(spoilt);
  }
  return spoilt;
}

/** The answer as a fault leaves it. */
export function spoilAnswer(answer: Answer, faults: readonly Fault[]): Answer {
  let { headers, body } = answer;
  for (const fault of faults) {
    if (fault.kind === "malformed") body = "<html><body>502 Bad Gateway {";
    if ((fault.kind === "status" || fault.kind === "throttle") && fault.retryAfter !== undefined) {
      headers = { ...headers, "retry-after": String(fault.retryAfter) };
    }
  }
  return { ...answer, headers, body };
}

function withCredentials(output: unknown, members: Readonly<Record<string, unknown>>): unknown {
  const { Credentials: credentials } = output as { readonly Credentials?: object };
  return credentials === undefined ? output : { ...(output as object), Credentials: { ...credentials, ...members } };
}

function withOtherAccount(output: unknown): unknown {
  const { AssumedRoleUser: user } = output as { readonly AssumedRoleUser?: { readonly Arn: string } };
  if (user === undefined) return output;
  const stranger = { ...user, Arn: user.Arn.replace(/:\d{12}:/, ":999999999999:") };
  return { ...(output as object), AssumedRoleUser: stranger };
}
