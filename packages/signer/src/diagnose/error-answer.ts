import { isRecord } from "../errors/is-record.ts";
import { refuseOption } from "../errors/refuse.ts";
import { own } from "../errors/own.ts";
import { readDate } from "./read-date.ts";

/** An answer that refused a request, as any HTTP client has it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers?: Headers | Iterable<readonly [string, string]> | Readonly<Record<string, unknown>> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** @throws SignerError `INVALID_OPTION` for anything else than an answer. */
export function checkAnswer(answer: ErrorAnswer): void {
  const given = Object(answer) as ErrorAnswer;
  const [status, headers, body] = [own(given, "status"), own(given, "headers"), own(given, "body")];
  if (!Number.isInteger(status)) refuseOption("answer: must be an object with a status, headers and a body", "answer");
  if (
    headers !== undefined &&
    !isRecord(headers) &&
    !(Symbol.iterator in Object(headers) && Object(headers) === headers)
  )
    refuseOption("answer.headers: must be an object or a list of pairs", "answer.headers");
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array))
    refuseOption("answer.body: must be text or bytes", "answer.body");
}

/** What AWS says in an answer that refuses a request. Absent parts are empty. */
export interface AwsError {
  /** Without namespace and `Exception`. */
  readonly code: string;
  readonly message: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  /** Further elements of the body, by name: `Region`, `ServerTime`, `HeadersNotSigned`, … */
  readonly element: (name: string) => string;
  /** From the `Date` header. */
  readonly answeredAt: Date | undefined;
}

/** AWS's bodies are a few kB. Of a larger body only the beginning is read. */
const MAX_BYTES = 262_144;

/**
 * Reads an error as AWS's protocols write them: XML (Query, EC2, S3) and JSON (1.0, 1.1, REST). Never throws: what
 * cannot be read is empty.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
export function readErrorAnswer(answer: ErrorAnswer): AwsError {
  const given = Object(answer) as ErrorAnswer;
  const headers = Object(own(given, "headers") ?? {}) as NonNullable<ErrorAnswer["headers"]>;
  const text = textOf(own(given, "body")).slice(0, MAX_BYTES);
  const json = readJson(text);
  const element = (name: string): string => (json === undefined ? xmlElement(text, name) : jsonMember(json, name));
  const message = element("Message") || element("message") || (json === undefined && !text.includes("<") ? text : "");
  const type = header(headers, "x-amzn-errortype") || element("__type") || element("Code") || element("code");
  return {
    code: (type.split(":")[0] ?? "").replace(/^.*#/, "").replace(/Exception$/, ""),
    message,
    canonicalRequest:
      element("CanonicalRequest") || quoted(message, "The Canonical String for this request should have been"),
    stringToSign: element("StringToSign") || quoted(message, "The String-to-Sign should have been"),
    element,
    answeredAt: readDate(header(headers, "date")),
  };
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? new TextDecoder().decode(body.subarray(0, MAX_BYTES)) : "";
}

/** The text between quotes that follows a sentence; it holds line breaks, and may hold quotes. */
function quoted(message: string, sentence: string): string {
  const normal = message.replaceAll("\r\n", "\n");
  const start = normal.indexOf(sentence);
  const open = start < 0 ? -1 : normal.indexOf("'", start + sentence.length);
  if (open < 0) return "";
  const next = normal.indexOf("'\n\nThe ", open);
  const close = next < 0 ? normal.lastIndexOf("'") : next;
  return close > open ? normal.slice(open + 1, close) : "";
}

function xmlElement(text: string, name: string): string {
  const open = text.indexOf(`<${name}>`);
  const close = open < 0 ? -1 : text.indexOf(`</${name}>`, open);
  if (close < 0) return "";
  const content = text.slice(open + name.length + 2, close).replaceAll("\r\n", "\n");
  return content.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/gi,
    (entity, decimal, hex, named) => {
      if (named !== undefined) return entities[String(named).toLowerCase()] ?? entity;
      const point = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : entity;
    },
  );
}

const entities: Readonly<Record<string, string | undefined>> = Object.freeze({
  __proto__: null as never,
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
});

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function jsonMember(json: Readonly<Record<string, unknown>>, name: string): string {
  const nested = Object.hasOwn(json, "Error") ? json["Error"] : undefined;
  for (const from of [json, nested]) {
    const value: unknown =
      typeof from === "object" && from !== null && Object.hasOwn(from, name) ? Reflect.get(from, name) : undefined;
    if (typeof value === "string") return value;
  }
  return "";
}

function header(headers: NonNullable<ErrorAnswer["headers"]>, wanted: string): string {
  const pairs: Iterable<unknown> =
    Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers);
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name === "string" && name.toLowerCase() === wanted) return typeof value === "string" ? value : "";
  }
  return "";
}
