import type { ErrorAnswer } from "../../src/diagnose.ts";

/** A refusal as AWS's protocols write it. Written by hand after real answers; ids are made up. */
interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
  readonly elements?: Readonly<Record<string, string>>;
}

const date = "Thu, 21 May 2026 12:00:01 GMT";

function fullMessage({ message, canonicalRequest, stringToSign }: Refusal): string {
  const canonical =
    canonicalRequest && `\n\nThe Canonical String for this request should have been\n'${canonicalRequest}'`;
  const toSign = stringToSign && `\n\nThe String-to-Sign should have been\n'${stringToSign}'\n`;
  return `${message}${canonical ?? ""}${toSign ?? ""}`;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** AWS JSON 1.1: the control planes of SageMaker and ECR. */
export function json(refusal: Refusal, names: Readonly<Record<string, string>> = {}): ErrorAnswer {
  const type = names[refusal.code] ?? `${refusal.code}Exception`;
  return {
    status: 400,
    headers: { "Content-Type": "application/x-amz-json-1.1", date },
    body: JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message: fullMessage(refusal) }),
  };
}

/** REST JSON: the runtimes of SageMaker. */
export function restJson(refusal: Refusal): ErrorAnswer {
  return {
    status: 403,
    headers: new Headers({ "x-amzn-errortype": `${refusal.code}Exception:http://internal.amazon.com/coral/`, date }),
    body: new TextEncoder().encode(JSON.stringify({ message: fullMessage(refusal) })),
  };
}

/** Query: STS. */
export function query(refusal: Refusal): ErrorAnswer {
  return {
    status: 403,
    headers: [["Date", date]],
    body:
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>Sender</Type>\n` +
      `    <Code>${refusal.code}</Code>\n    <Message>${escape(fullMessage(refusal))}</Message>\n  </Error>\n` +
      `  <RequestId>8f2b0c1e-0000-4b7e-9a55-3d1c2e8f7a11</RequestId>\n</ErrorResponse>\n`,
  };
}

/** REST XML: Amazon S3. */
export function s3(refusal: Refusal): ErrorAnswer {
  const elements = {
    ...(refusal.stringToSign && { StringToSign: refusal.stringToSign }),
    ...(refusal.canonicalRequest && { CanonicalRequest: refusal.canonicalRequest }),
    ...refusal.elements,
  };
  const inner = Object.entries(elements).map(([name, text]) => `<${name}>${escape(text)}</${name}>`);
  return {
    status: 403,
    headers: { Date: date },
    body:
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${refusal.code}</Code><Message>${escape(refusal.message)}</Message>` +
      `${inner.join("")}<RequestId>4442587FB7D0A2F9</RequestId><HostId>bm90aGluZw==</HostId></Error>`,
  };
}
