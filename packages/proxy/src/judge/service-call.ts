import type { EndpointKind } from "@countersign/signer/endpoints";
import type { Incoming } from "../message.ts";
import { claimedScope } from "../receive/claimed-scope.ts";
import type { Received } from "../receive/received.ts";
import { denied, type Protocol } from "../refusal.ts";
import type { ServiceCall } from "./call.ts";
import { isAuthentication, isAuthenticationOnly } from "./authentication-query.ts";
import { decodeName } from "./decode-name.ts";
import { restOperations } from "./rest-operations.ts";
import { s3Call } from "./s3-call.ts";

/** The protocol of an answer when only the service of the credential scope is known. */
export function protocolOf(service: string, { headers }: Pick<Received, "headers">): Protocol {
  if (service === "s3") return "rest-xml";
  // Operations of STS that take a token are not signed, and their clients read no other shape.
  if (service === "sts" || (service === "" && FORM.test(headers.get("content-type") ?? ""))) return "query";
  return headers.has("x-amz-target") ? "json" : "rest-json";
}

/** The protocol of a client whose head cannot be read. */
export function claimedProtocol({ headers, url = "" }: Pick<Incoming, "headers" | "url">): Protocol {
  const { authorization = url, "x-amz-target": target } = headers;
  const { service } = claimedScope(new Map([["authorization", authorization]]), "");
  return protocolOf(service, { headers: new Map(target === undefined ? [] : [["x-amz-target", ""]]) });
}

const TARGETS: Readonly<Record<string, { readonly service: string; readonly prefix: RegExp }>> = {
  sagemaker: { service: "sagemaker", prefix: /^SageMaker\.([A-Za-z]\w{0,127})$/u },
  ecr: { service: "ecr", prefix: /^AmazonEC2ContainerRegistry_V20150921\.([A-Za-z]\w{0,127})$/u },
};

/**
 * Names the action of a request, from the service that it is signed for. A request whose action has no name here cannot
 * be judged, and is refused.
 *
 * @param service of the credential scope.
 * @throws Refusal `AccessDeniedException`.
 */
export function serviceCall(service: string, request: Received): ServiceCall {
  if (service === "s3") return s3Call(request);
  if (service === "sts")
    return { endpoint: "sts", protocol: "query", actions: [], readBody: (body) => [stsAction(request, body)] };
  const target = request.headers.get("x-amz-target");
  const known = Object.hasOwn(TARGETS, service) ? TARGETS[service] : undefined;
  if (known === undefined) throw denied(`The service ${service.slice(0, 64)} is not one that this proxy knows.`);
  if (target !== undefined) {
    const operation = known.prefix.exec(target)?.[1];
    if (operation === undefined || request.method !== "POST" || request.path !== "/") {
      throw denied("The operation in x-amz-target is not one of the service that the request is signed for.");
    }
    // A service can speak more than one protocol, and the query or the form of another one names another operation.
    if (!isAuthenticationOnly(request.query)) throw denied("A request with x-amz-target must have no query.");
    if (!JSON_BODY.test(request.headers.get("content-type") ?? "") || request.headers.has("content-encoding"))
      throw denied("A request with x-amz-target must be application/x-amz-json-1.1, not compressed.");
    return { endpoint: service as EndpointKind, protocol: "json", actions: [`${known.service}:${operation}`] };
  }
  for (const { endpoint, method, path, action, resource, query = [] } of service === "sagemaker"
    ? restOperations
    : []) {
    const found = request.method === method ? path.exec(request.path) : null;
    if (found === null) continue;
    checkQuery(request.query, query, action);
    const name = found[1];
    return {
      endpoint,
      protocol: "rest-json",
      actions: [action],
      resource: resource === undefined || name === undefined ? undefined : `${resource}/${decodeName(name)}`,
      further: resource === "endpoint" ? componentsIn(request.headers) : [],
    };
  }
  throw denied(`The proxy cannot tell which operation ${request.method} ${request.path.slice(0, 128)} is.`);
}

/** @throws Refusal for a parameter that is neither a presigned URL's own nor the operation's. */
function checkQuery(query: string, known: readonly string[], action: string): void {
  if (query === "") return;
  for (const pair of query.split("&")) {
    const [name = ""] = pair.split("=", 1);
    if (!known.includes(name) && !isAuthentication(pair))
      throw denied(`The proxy cannot tell what ?${name.slice(0, 64)} asks of ${action}: leave it out.`);
  }
}

const JSON_BODY = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;\s*charset="?utf-8"?\s*)?;?$/iu;

/** The header that sends an invocation to one of the inference components of an endpoint, which IAM judges as well. */
const COMPONENT = "x-amzn-sagemaker-inference-component";

/** The inference component that a header names. @throws Refusal for a value that is not a name. */
function componentsIn(headers: Received["headers"]): readonly string[] {
  const name = headers.get(COMPONENT);
  if (name === undefined) return [];
  if (!/^[A-Za-z0-9-]{1,63}$/u.test(name)) throw denied(`The header ${COMPONENT} must be the name of one component.`);
  return [`inference-component/${name}`];
}

/** The only form in which the proxy and STS read the same parameters: another charset can hide an `Action`. */
const FORM = /^application\/x-www-form-urlencoded\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/iu;

/** Names of parameters of STS. A parser that trims or cuts a name could read another one as `Action`. */
const PARAMETER = /^[A-Za-z][\w.-]*$/u;

/** Parameters that sign a request, of every version of AWS's signatures. */
const SIGNS =
  /^(?:AWSAccessKeyId|Signature(?:Method|Version)?|SecurityToken|X-Amz-(?:Algorithm|Credential|Security-Token|Signature|SignedHeaders))$/iu;

/** STS takes its parameters from the form in the body or from the query: one `Action` in all. */
function stsAction({ method, path, query, headers }: Received, body: Uint8Array): string {
  if ((method !== "POST" && method !== "GET") || path !== "/" || headers.has("x-amz-target"))
    throw denied("A request to STS must be a GET or POST of / without x-amz-target.");
  const type = headers.get("content-type");
  if ((body.length > 0 && !FORM.test(type ?? "")) || headers.has("content-encoding"))
    throw denied("The body of a request to STS must be application/x-www-form-urlencoded in UTF-8, not compressed.");
  const form = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  // A presigned URL's own are taken off.
  const rest = query.split("&").filter((pair) => !isAuthentication(pair));
  const pairs = [rest.join("&"), form].flatMap((text) => [...new URLSearchParams(text)]);
  // Some parsers end a parameter at a semicolon too: https://www.w3.org/TR/html401/appendix/notes.html#h-B.2.2
  if (query.includes(";") || form.includes(";") || !pairs.every(([name]) => PARAMETER.test(name)))
    throw denied("The parameters of a request to STS must have names of letters and digits; write a semicolon as %3B.");
  // STS could judge them in the place of the proxy's own signature, and refuse that.
  if (pairs.some(([name]) => SIGNS.test(name)))
    throw denied(
      "The parameters of a request to STS must not sign it: leave AWSAccessKeyId, SecurityToken and such out.",
    );
  // Older services that take such forms call the action an operation.
  const actions = pairs.filter(([name]) => /^(?:action|operation)/iu.test(name));
  const [[name, action] = ["", ""]] = actions;
  if (actions.length !== 1 || name !== "Action" || !/^[A-Za-z]\w{0,127}$/u.test(action)) {
    throw denied("The request must name exactly one Action.");
  }
  return `sts:${action}`;
}
