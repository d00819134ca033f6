import { type Shape, checkOptions, optional, shape, isRecord } from "@countersign/signer/options";
import { restOperations } from "../api/rest-operations.ts";
import { workloads } from "../api/workloads.ts";
import { refuseOption } from "../error.ts";
import { quote } from "../quote.ts";
import { parseJson } from "./json.ts";
import { knownEndpoint } from "./known-endpoint.ts";
import { plainPath } from "./plain-path.ts";

/** A request as it will be signed. */
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
  /** Why the request cannot be read the way the service reads it. */
  readonly unreadable?: string;
}

/** Headers as pairs. An iterator gives its pairs once, so they are kept. */
const headers: Shape = (value, field, refuse) => {
  const pairs =
    !isRecord(value) && !(Object(value) === value && Symbol.iterator in Object(value))
      ? undefined
      : entriesOf(value as CallRequest["headers"]);
  const good = pairs?.every(
    (pair: unknown) => Array.isArray(pair) && isString(pair[0]) && (pair[1] === undefined || isString(pair[1])),
  );
  shape("a record or pairs of names and texts", () => good === true)(value, field, refuse);
  return pairs;
};

/** Checks the request of `enforceRequest` and `readCall`. */
export function checkCallRequest(request: CallRequest): CallRequest {
  return checkOptions<CallRequest>(
    request,
    {
      method: optional(shape("text", isString)),
      url: shape("an absolute URL", (url) => url instanceof URL || (typeof url === "string" && URL.canParse(url))),
      headers,
      body: optional(
        shape(
          "text or bytes",
          (body) =>
            body === null || typeof body === "string" || body instanceof Uint8Array || body instanceof ArrayBuffer,
        ),
      ),
    },
    refuseOption,
  );
}

/** One segment of a path for each member in it. */
const restPaths: readonly {
  readonly pattern: RegExp;
  readonly member: string | undefined;
  readonly method: string;
  readonly name: string;
}[] = restOperations.map(({ name, method, path }) => ({
  name,
  method,
  member: /\{(\w+)\}/.exec(path)?.[1],
  pattern: new RegExp(`^${path.replace(/\{\w+\}/, "([^/]+)")}$`, "i"),
}));

/** The path of the runtime at the end of another path. */
const gatewayPath = /\/endpoints\/[^/]+\/(?:async-)?invocations(?:-[a-z-]+)?$/i;

/** UTF-8 only: UTF-7 or EBCDIC would make another text of the same bytes (RFC 8259 section 8.1). */
const jsonType = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;

/** Whether the body must be read to know what a request asks for. */
export function needsBody(request: Pick<CallRequest, "url" | "headers">): boolean {
  return target(request) !== undefined || isControlPlane(new URL(request.url));
}

/**
 * Reads which operation of SageMaker a request calls and with what input; `undefined` for a request to another service. A
 * request that the service could read in another way than this function is `unreadable`.
 *
 * @throws GuardError `INVALID_OPTION` for a URL that is not absolute, and for headers or a body of another type.
 */
export function readCall(given: CallRequest): Call | undefined {
  const request = checkCallRequest(given);
  const url = new URL(request.url);
  const host = url.host;
  const named = target(request);
  if (named === undefined && !isControlPlane(url)) return readRestCall(url, request.method ?? "GET");

  const action = /^SageMaker\.([A-Za-z][A-Za-z0-9]*)$/i.exec(named ?? "")?.[1];
  if (action === undefined)
    return unreadable("UnknownOperation", host, "x-amz-target must be SageMaker.<Operation>, once");
  const another = anotherReading(url);
  if (another !== undefined) return unreadable(action, host, another);
  const type = header(request, "content-type");
  if (type !== undefined && !jsonType.test(type))
    return unreadable(action, host, `content-type must be that of AWS JSON 1.1, not ${quote(type)}`);
  const encoding = header(request, "content-encoding");
  if (encoding !== undefined && encoding !== "identity")
    return unreadable(action, host, `content-encoding ${quote(encoding)} hides the body`);
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

/**
 * Reads a call of a REST service by its path. Paths of the runtime count on every host, because invocations also go through
 * gateways; the paths of the other services are too common for that.
 */
function readRestCall(url: URL, method: string): Call | undefined {
  const { host } = url;
  const ofSageMaker = knownEndpoint(host)?.service.startsWith("sagemaker") === true;
  const written = plainPath(url.pathname);
  // A gateway puts a stage or a base path before the path of the runtime: `/prod/endpoints/a/invocations`.
  const pathname = ofSageMaker ? written : (gatewayPath.exec(written)?.[0] ?? written);
  const matching = restPaths.filter(({ pattern }) => pattern.test(pathname) || pattern.test(url.pathname));
  const [first] = matching;
  const operation =
    matching.find((candidate) => candidate.method === method.toUpperCase()) ??
    (matching.length === 1 ? first : undefined);
  const isRuntime = operation?.name.startsWith("InvokeEndpoint") === true;
  if (!ofSageMaker && !isRuntime) return undefined;
  if (operation === undefined) return { action: "UnknownOperation", input: {}, host };
  const value = operation.pattern.exec(pathname)?.[1];
  if (pathname.includes("%") || (operation.member !== undefined && value === undefined))
    return unreadable(operation.name, host, `the path ${quote(url.pathname)} has escapes that no name needs`);
  return { action: operation.name, input: operation.member === undefined ? {} : { [operation.member]: value }, host };
}

/** A prefix, such as the stage of a gateway, may stand before the path. */
const ofControlPlane = /\/service\/SageMaker\/operation(?:\/|$)/i;

/** The Smithy RPC protocols name the operation in the path. The guard reads AWS JSON only, so it must see such requests. */
function isControlPlane(url: URL): boolean {
  return (
    knownEndpoint(url.host)?.service === "sagemaker" ||
    ofControlPlane.test(url.pathname) ||
    ofControlPlane.test(plainPath(url.pathname))
  );
}

/** Parameters of a presigned URL. */
const presigned =
  /^x-amz-(?:algorithm|content-sha256|credential|date|expires|security-token|signature|signedheaders)$/i;

/** Why a service may read another operation out of the address of a request than its target names. */
function anotherReading(url: URL): string | undefined {
  const isKnown = knownEndpoint(url.host) !== undefined;
  const path = plainPath(url.pathname);
  const others = [ofControlPlane, gatewayPath];
  if (isKnown ? url.pathname !== "/" : others.some((form) => form.test(path) || form.test(url.pathname)))
    return `the path ${quote(url.pathname)} stands beside x-amz-target`;
  const names = [...url.searchParams.keys()].filter((name) => !presigned.test(name));
  const other = names.find((name) => isKnown || /^(?:action|operation|x-amz-target)$/i.test(name));
  return other === undefined ? undefined : `the query has ${quote(other)} beside x-amz-target`;
}

const workloadNames: ReadonlySet<string> = new Set(Object.keys(workloads).map((name) => name.toLowerCase()));

/** On a host of an unknown service, an operation of SageMaker counts under any prefix and in any case. */
function target(request: Pick<CallRequest, "url" | "headers">): string | undefined {
  const value = header(request, "x-amz-target");
  if (value === undefined) return undefined;
  if (/sagemaker\./i.test(value)) return value;
  const operation = value.slice(value.lastIndexOf(".") + 1).toLowerCase();
  return workloadNames.has(operation) && knownEndpoint(new URL(request.url).host) === undefined ? value : undefined;
}

/** Repeated headers are joined, as they are on the wire. */
function header(request: Pick<CallRequest, "headers">, name: string): string | undefined {
  const found: string[] = [];
  for (const [key, value] of entriesOf(request.headers))
    if (key.toLowerCase() === name && value !== undefined) found.push(value.trim());
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

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function entriesOf(headers: CallRequest["headers"]): readonly (readonly [string, string | undefined])[] {
  return Symbol.iterator in headers ? [...headers] : Object.entries(headers);
}
