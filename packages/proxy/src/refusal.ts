/** The shapes in which AWS's services answer. https://smithy.io/2.0/aws/protocols/index.html */
export type Protocol = "json" | "rest-json" | "query" | "rest-xml";

/**
 * Why a request is not passed on. It is answered in AWS's error shape, so that the client's SDK raises its own error
 * with this code and message. Neither holds a secret.
 */
export class Refusal extends Error {
  /** AWS's own code, such as `AccessDeniedException`. */
  readonly code: string;
  readonly status: number;
  /** The reason for the operator's audit record. The client does not get it. */
  readonly detail: string | undefined;

  constructor(status: number, code: string, message: string, detail?: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/** The client is not allowed to do this. */
export function denied(message: string, detail?: string): Refusal {
  return new Refusal(403, "AccessDeniedException", message, detail);
}

/** The request cannot be read in one way only. */
export function malformed(message: string): Refusal {
  return new Refusal(400, "ValidationException", message);
}

/** The refusal behind whatever was thrown. A foreign error is not quoted: its message can hold anything. */
export function asRefusal(error: unknown, isSent: boolean): Refusal {
  if (error instanceof Refusal) return error;
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const what = String(code ?? name);
  return isSent
    ? new Refusal(502, "ServiceUnavailable", "The service could not be reached, or its answer broke off.", what)
    : new Refusal(500, "InternalFailure", "The proxy failed to handle this request.", what);
}

/** The head and body of a refusal in the client's protocol. */
export function refusalAnswer(
  { code, message, status }: Refusal,
  protocol: Protocol,
  requestId: string,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const isXml = protocol === "query" || protocol === "rest-xml";
  const body = isXml ? xmlBody(code, message, protocol, requestId) : jsonBody(code, message, protocol);
  return {
    status,
    headers: {
      "content-type": isXml ? "text/xml" : protocol === "json" ? "application/x-amz-json-1.1" : "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "x-amzn-requestid": requestId,
      ...(!isXml && { "x-amzn-errortype": code }),
      ...(protocol === "rest-xml" && { "x-amz-request-id": requestId }),
    },
    body,
  };
}

function jsonBody(code: string, message: string, protocol: Protocol): string {
  return JSON.stringify(protocol === "json" ? { __type: code, message } : { message, Message: message });
}

function xmlBody(code: string, message: string, protocol: Protocol, requestId: string): string {
  // The XML services name the same refusal without the suffix.
  const error = `<Code>${escape(code.replace(/Exception$/u, ""))}</Code><Message>${escape(message)}</Message>`;
  return protocol === "rest-xml"
    ? `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}<RequestId>${requestId}</RequestId></Error>`
    : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Characters that XML cannot have, not even as references. https://www.w3.org/TR/xml/#charsets */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function escape(text: string): string {
  return text.replaceAll(NOT_XML, "\uFFFD").replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}
