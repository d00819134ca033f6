import { parseJson } from "./json.ts";
import { knownEndpoint } from "./known-endpoint.ts";
import { workloads } from "../api/workloads.ts";

/** A request as it is going to be signed. */
export interface CallRequest {
  readonly method?: string | undefined;
  readonly url: string | URL;
  /** Names in any case. */
  readonly headers: Iterable<readonly [string, string]> | Readonly<Record<string, string | undefined>>;
  /** The whole body. A stream cannot be judged. */
  readonly body?: string | Uint8Array | ArrayBuffer | null | undefined;
}

/** A call of the SageMaker API. */
export interface Call {
  readonly action: string;
  readonly input: unknown;
  readonly host: string;
  /** The request cannot be read the way the service will read it: what is wrong with it. */
  readonly unreadable?: string;
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html */
const runtimePaths: readonly (readonly [RegExp, string])[] = [
  [/^\/endpoints\/([^/]+)\/invocations$/, "InvokeEndpoint"],
  [/^\/endpoints\/([^/]+)\/async-invocations$/, "InvokeEndpointAsync"],
  [/^\/endpoints\/([^/]+)\/invocations-response-stream$/, "InvokeEndpointWithResponseStream"],
  [/^\/endpoints\/([^/]+)\/invocations-bidirectional-stream$/, "InvokeEndpointWithBidirectionalStream"],
];

/** Another charset than UTF-8 (UTF-7, EBCDIC) would make another text of the same bytes: RFC 8259 section 8.1 knows none. */
const jsonType = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;

/** Whether the body must be read to know what a request asks for. */
export function needsBody(request: Pick<CallRequest, "url" | "headers">): boolean {
  return target(request) !== undefined || isControlPlane(new URL(request.url));
}

/**
 * Reads which operation a request calls and with what input; `undefined` when it is none of SageMaker's. What the service
 * could read in another way than this function is `unreadable`, never passed over.
 */
export function readCall(request: CallRequest): Call | undefined {
  const url = new URL(request.url);
  const host = url.host;
  const named = target(request);
  if (named === undefined && !isControlPlane(url)) return readRuntimeCall(url, host);

  const action = /^SageMaker\.([A-Za-z][A-Za-z0-9]*)$/i.exec(named ?? "")?.[1];
  if (action === undefined)
    return unreadable("UnknownOperation", host, "x-amz-target must be SageMaker.<Operation>, once");
  const type = header(request, "content-type");
  if (type !== undefined && !jsonType.test(type))
    return unreadable(action, host, `content-type ${type} is not that of AWS JSON 1.1`);
  const encoding = header(request, "content-encoding");
  if (encoding !== undefined && encoding !== "identity")
    return unreadable(action, host, `content-encoding ${encoding} hides the body`);
  const text = textOf(request.body);
  if (text === undefined) return unreadable(action, host, "the body is not UTF-8 text");
  const parsed = text.trim() === "" ? { value: {} } : parseJson(text);
  if (parsed === undefined) return unreadable(action, host, "the body is not JSON, or names a member twice");
  if (typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    return unreadable(action, host, "the body is not a JSON object");
  return { action, input: parsed.value, host };
}

function unreadable(action: string, host: string, fault: string): Call {
  return { action, input: undefined, host, unreadable: fault };
}

function readRuntimeCall(url: URL, host: string): Call | undefined {
  for (const [pattern, action] of runtimePaths) {
    const name = pattern.exec(url.pathname)?.[1];
    if (name !== undefined) return { action, input: { EndpointName: name }, host };
  }
  return knownEndpoint(host)?.service.startsWith("sagemaker") === true
    ? { action: "UnknownOperation", input: {}, host }
    : undefined;
}

/** The Smithy RPC protocols name the operation in the path; the guard reads AWS JSON only. */
function isControlPlane(url: URL): boolean {
  return knownEndpoint(url.host)?.service === "sagemaker" || /^\/service\/SageMaker\/operation\//i.test(url.pathname);
}

/** On a host whose service is not known, an operation of SageMaker's under another prefix is not passed over either. */
function target(request: Pick<CallRequest, "url" | "headers">): string | undefined {
  const value = header(request, "x-amz-target");
  if (value === undefined) return undefined;
  if (/sagemaker\./i.test(value)) return value;
  const operation = value.slice(value.lastIndexOf(".") + 1);
  return workloads[operation] !== undefined && knownEndpoint(new URL(request.url).host) === undefined
    ? value
    : undefined;
}

/** Repeated headers are joined, as they are on the wire. */
function header({ headers }: Pick<CallRequest, "headers">, name: string): string | undefined {
  const entries = Symbol.iterator in headers ? headers : Object.entries(headers);
  const found: string[] = [];
  for (const [key, value] of entries) if (key.toLowerCase() === name && value !== undefined) found.push(value.trim());
  return found.length === 0 ? undefined : found.join(", ");
}

function textOf(body: CallRequest["body"]): string | undefined {
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
