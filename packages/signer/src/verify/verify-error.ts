import { CountersignError } from "../errors/error.ts";

/**
 * Why a request is refused, in AWS's own codes.
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export type VerifyErrorCode =
  | "AccessDenied"
  | "AuthorizationQueryParametersError"
  | "ExpiredToken"
  | "IncompleteBody"
  | "IncompleteSignature"
  | "InvalidArgument"
  | "InvalidClientTokenId"
  | "InvalidRequest"
  | "MissingAuthenticationToken"
  | "RequestTimeTooSkewed"
  | "SignatureDoesNotMatch"
  | "XAmzContentSHA256Mismatch"
  /** Not a code of AWS: `replay` says that the signature was accepted before. */
  | "RequestReplayed";

const statuses: Readonly<Record<VerifyErrorCode, number>> = Object.freeze({
  __proto__: null as never,
  AccessDenied: 403,
  AuthorizationQueryParametersError: 400,
  ExpiredToken: 403,
  IncompleteBody: 400,
  IncompleteSignature: 400,
  InvalidArgument: 400,
  InvalidClientTokenId: 403,
  InvalidRequest: 400,
  MissingAuthenticationToken: 403,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
  RequestReplayed: 403,
});

/** The strings that the verifier computed and the client should have signed. */
export interface ExpectedSteps {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

/** Thrown for a request without a valid signature. Do not serve the request. */
export class VerifyError extends CountersignError<VerifyErrorCode> {
  static override readonly name: string = "VerifyError";

  /** The status AWS answers with. */
  readonly httpStatus: number;
  // Private, so that no log finds the session token in it.
  readonly #expected: ExpectedSteps | undefined;

  constructor(code: VerifyErrorCode, message: string, expected?: ExpectedSteps) {
    super(code, message);
    this.httpStatus = typeof code === "string" ? statuses[code] : 403;
    this.#expected = expected;
  }

  /** With `SignatureDoesNotMatch`: the canonical request that was expected, as AWS returns it. Holds the session token. */
  get canonicalRequest(): string | undefined {
    return this.#expected?.canonicalRequest;
  }

  /** With `SignatureDoesNotMatch`: the string to sign that was expected. */
  get stringToSign(): string | undefined {
    return this.#expected?.stringToSign;
  }
}
