import { AwsError } from "./aws-error.ts";
import { xmlMembers, type XmlValue } from "./xml.ts";
import { table } from "../table.ts";

/** The head and body of an answer, before the connection's own headers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Streamed answers are produced while they are sent. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

/** How one family of AWS services writes results and errors. */
export interface Protocol {
  readonly name: "query" | "ec2" | "json-1.1" | "rest-json" | "rest-xml";
  result(operation: string, output: unknown, requestId: string): Answer;
  error(error: AwsError, requestId: string): Answer;
}

/** The codes with which AWS turns a request down before the operation sees it, as Query services name them. */
const queryStatus = table<number>({
  AccessDenied: 403,
  ExpiredToken: 403,
  IDPRejectedClaim: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  RegionDisabledException: 403,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
});

/** What JSON services call the same: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html */
const jsonCode = table<string>({
  AccessDenied: "AccessDeniedException",
  AuthorizationQueryParametersError: "IncompleteSignatureException",
  ExpiredToken: "ExpiredTokenException",
  IncompleteSignature: "IncompleteSignatureException",
  InvalidAction: "UnknownOperationException",
  InvalidClientTokenId: "UnrecognizedClientException",
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  RequestTimeTooSkewed: "InvalidSignatureException",
  SignatureDoesNotMatch: "InvalidSignatureException",
  Throttling: "ThrottlingException",
});

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export const query: Protocol = {
  name: "query",
  result(operation, output, requestId) {
    const result = xmlMembers(output as XmlValue);
    return xml(
      200,
      `<${operation}Response xmlns="${stsNamespace}"><${operation}Result>${result}</${operation}Result>` +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
      requestId,
    );
  },
  error(error, requestId) {
    const status = error.status ?? queryStatus[error.code] ?? 400;
    // The Query protocol reports a stale date as SignatureDoesNotMatch; the message says that the date is the reason.
    const Code = error.code === "RequestTimeTooSkewed" ? "SignatureDoesNotMatch" : error.code;
    const members = { Type: status >= 500 ? "Receiver" : "Sender", Code, Message: error.message };
    return xml(
      status,
      `<ErrorResponse xmlns="${stsNamespace}"><Error>${xmlMembers(members)}</Error>` +
        `<RequestId>${requestId}</RequestId></ErrorResponse>`,
      requestId,
    );
  },
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const ec2: Protocol = {
  name: "ec2",
  result(operation, output, requestId) {
    const members = xmlMembers({ requestId, ...(output as Readonly<Record<string, XmlValue>>) }, "item");
    return xml(
      200,
      `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${members}</${operation}Response>`,
      requestId,
    );
  },
  error(error, requestId) {
    const status = error.status ?? ec2Status[error.code] ?? queryStatus[error.code] ?? 400;
    const members = { Code: ec2Code[error.code] ?? error.code, Message: error.message };
    return xml(
      status,
      `<Response><Errors><Error>${xmlMembers(members)}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      requestId,
    );
  },
};

const ec2Code = table<string>({
  AccessDenied: "UnauthorizedOperation",
  ExpiredToken: "RequestExpired",
  InvalidClientTokenId: "AuthFailure",
  RequestTimeTooSkewed: "RequestExpired",
  SignatureDoesNotMatch: "AuthFailure",
  Throttling: "RequestLimitExceeded",
});
const ec2Status = table<number>({
  ExpiredToken: 400,
  InvalidClientTokenId: 401,
  RequestTimeTooSkewed: 400,
  SignatureDoesNotMatch: 401,
  Throttling: 503,
});

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html: every client error is a 400. */
export const json11: Protocol = {
  name: "json-1.1",
  result(_operation, output, requestId) {
    return json(200, "application/x-amz-json-1.1", output ?? {}, requestId);
  },
  error(error, requestId) {
    const status =
      error.status ?? (error.code === "InternalFailure" ? 500 : error.code === "ServiceUnavailable" ? 503 : 400);
    const code = jsonCode[error.code] ?? error.code;
    const { headers, ...answer } = json(
      status,
      "application/x-amz-json-1.1",
      { __type: code, message: error.message, ...error.members },
      requestId,
    );
    return { ...answer, headers: { ...headers, "x-amzn-errortype": code } };
  },
};

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html; an operation hands over its whole answer. */
export const restJson: Protocol = {
  name: "rest-json",
  result(_operation, output, requestId) {
    const answer = output as Answer;
    return { ...answer, headers: { ...answer.headers, "x-amzn-requestid": requestId } };
  },
  error(error, requestId) {
    const status = error.status ?? queryStatus[error.code] ?? 400;
    const code = jsonCode[error.code] ?? error.code;
    const { headers, ...answer } = json(
      status,
      "application/json",
      "Message" in error.members ? error.members : { message: error.message, ...error.members },
      requestId,
    );
    return { ...answer, headers: { ...headers, "x-amzn-errortype": code } };
  },
};

function xml(status: number, body: string, requestId: string): Answer {
  return { status, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body: `${body}\n` };
}

function json(status: number, contentType: string, body: unknown, requestId: string): Answer {
  return {
    status,
    headers: { "content-type": contentType, "x-amzn-requestid": requestId },
    body: JSON.stringify(body),
  };
}
