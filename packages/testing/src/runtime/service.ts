import type { Operation, Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { decodePart } from "../wire/decode-part.ts";
import { type Answer, restJson } from "../wire/protocol.ts";
import { headerOf, type ReceivedHead, type ReceivedRequest } from "../wire/received-request.ts";
import { type Call, callerOf } from "../world.ts";
import type { Objects } from "../s3/objects.ts";
import type { Progress } from "../sagemaker/progress.ts";
import { bytesOf, type Endpoints, type Invocation, type ModelReply } from "./endpoint.ts";
import { acceptedAnswer, asyncBody, missingInput } from "./async.ts";
import type { HeaderCheck } from "./check-headers.ts";
import { partsOf, responseStream } from "./response-stream.ts";
import { table } from "../table.ts";

const paths = table<Invocation["operation"]>({
  invocations: "InvokeEndpoint",
  "async-invocations": "InvokeEndpointAsync",
  "invocations-response-stream": "InvokeEndpointWithResponseStream",
});

/** What `InvokeEndpoint` takes: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
const maxBodyBytes = 6_291_456;

/** SageMaker Runtime over HTTP/1.1. */
export function runtime(endpoints: Endpoints, objects: Objects, progress: Progress): Service {
  let checkHeaders: HeaderCheck | undefined;
  return {
    name: "runtime",
    signingName: "sagemaker",
    protocol: restJson,
    body: "buffered",
    async load() {
      checkHeaders ??= (await import("./check-headers.ts")).createHeaderCheck();
    },
    operationOf: (head) => operationAt(pathOf(head)?.path),
    route(request) {
      const { endpointName, operation, path } = routeInvocation(request);
      if (checkHeaders === undefined) throw new Error("load() comes before route().");
      return invocation({ endpoints, objects, progress, checkHeaders }, endpointName, operation, path, request);
    },
  };
}

interface RuntimeParts {
  readonly endpoints: Endpoints;
  readonly objects: Objects;
  readonly progress: Progress;
  readonly checkHeaders: HeaderCheck;
}

function routeInvocation(request: ReceivedRequest): {
  readonly endpointName: string;
  readonly path: string;
  readonly operation: Invocation["operation"];
} {
  const parts = pathOf(request);
  const operation = operationAt(parts?.path);
  if (request.method !== "POST" || parts === undefined || operation === undefined) throw unknownPath();
  return { ...parts, operation };
}

function operationAt(path: string | undefined): Invocation["operation"] | undefined {
  return path?.startsWith("/v1/") === true ? "InvokeEndpoint" : paths[path ?? ""];
}

/** The paths under `/endpoints/NAME/openai/` go to the container as they are, as invocations. */
const openAiPath = /^\/endpoints\/([^/]+)\/openai(\/v1\/[\w/-]+)$/;

/** The name and the kind in `/endpoints/NAME/KIND`. */
export function pathOf(head: ReceivedHead): { readonly endpointName: string; readonly path: string } | undefined {
  const [, name, path] =
    /^\/endpoints\/([^/]+)\/([\w-]+)$/.exec(head.url.pathname) ?? openAiPath.exec(head.url.pathname) ?? [];
  return name === undefined || path === undefined ? undefined : { endpointName: decodePart(name), path };
}

export function unknownPath(): AwsError {
  return new AwsError("UnknownOperationException", "The requested operation is not recognized by the service.", {
    status: 404,
  });
}

function invocation(
  { endpoints, objects, progress, checkHeaders }: RuntimeParts,
  endpointName: string,
  operation: Invocation["operation"],
  path: string,
  request: ReceivedRequest,
): Operation {
  const openAi = path.startsWith("/v1/");
  return {
    name: operation,
    input: { endpointName, body: request.body },
    authentication: "signed",
    ...(openAi ? { bearer: "accepted" } : {}),
    permission: (call) => ({
      action: `sagemaker:${operation}`,
      resource: endpointArn(call, endpointName),
      context: { "sagemaker:TargetModel": headerOf(request, "x-amzn-sagemaker-target-model") },
    }),
    async run(call) {
      checkHeaders(operation, endpointName, openAi ? [] : request.headers);
      checkBody(request);
      const asynchronous = operation === "InvokeEndpointAsync";
      const body = asynchronous ? asyncBody(objects, request) : request.body;
      const received: Invocation = {
        endpointName,
        operation,
        path: openAi ? path : undefined,
        body: body ?? new Uint8Array(),
        contentType: headerOf(request, asynchronous ? "x-amzn-sagemaker-content-type" : "content-type"),
        accept: headerOf(request, operation === "InvokeEndpoint" ? "accept" : "x-amzn-sagemaker-accept"),
        headers: Object.fromEntries(request.headers),
        principal: callerOf(call).arn,
      };
      const unread = body === undefined && endpoints.has(endpointName);
      const reply = unread ? missingInput : await endpoints.reply(received);
      if (asynchronous) return acceptedAnswer({ objects, progress }, reply, received, call);
      if (reply.modelError !== undefined) throw modelError(reply.modelError, endpointName, call);
      if (openAi && reply.parts !== undefined) return plainStream(reply);
      return operation === "InvokeEndpoint" ? bufferedAnswer(reply, received, call) : streamedAnswer(reply);
    },
  };
}

function checkBody(request: ReceivedRequest): void {
  if (request.body.length > maxBodyBytes) {
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${maxBodyBytes}`,
      { status: 413 },
    );
  }
}

/** The answer to an endpoint that is not there. */
export function unknownEndpoint({ endpointName, principal }: Invocation): AwsError {
  return new AwsError("ValidationError", `Endpoint ${endpointName} of account ${principal.split(":")[4]} not found.`);
}

function bufferedAnswer(reply: ModelReply, received: Invocation, call: Call): Answer {
  return {
    status: 200,
    headers: {
      "content-type": reply.contentType ?? "application/json",
      "x-amzn-invoked-production-variant":
        reply.variant ?? received.headers["x-amzn-sagemaker-target-variant"] ?? "AllTraffic",
      ...customAttributes(reply),
      ...newSession(received, call),
    },
    body: bytesOf(reply.body),
  };
}

/** What an OpenAI-compatible container streams goes out as it is: server-sent events, without events around them. */
function plainStream(reply: ModelReply): Answer {
  return {
    status: 200,
    headers: { "content-type": reply.contentType ?? "text/event-stream" },
    body: partsOf(reply),
  };
}

function streamedAnswer(reply: ModelReply): Answer {
  return {
    status: 200,
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-sagemaker-content-type": reply.contentType ?? "application/octet-stream",
      "x-amzn-invoked-production-variant": reply.variant ?? "AllTraffic",
      ...customAttributes(reply),
    },
    body: responseStream(reply),
  };
}

/** The container's own error, with the members that the page of `ModelError` lists. */
function modelError(error: NonNullable<ModelReply["modelError"]>, endpointName: string, call: Call): AwsError {
  const { accountId } = callerOf(call);
  const logGroup = `/aws/sagemaker/Endpoints/${endpointName}`;
  const side = error.status < 500 ? "client" : "server";
  const Message =
    `Received ${side} error (${error.status}) from primary with message "${error.message}". ` +
    `See https://${call.region}.console.aws.amazon.com/cloudwatch/home?region=${call.region}#logEventViewer:group=${logGroup} ` +
    `in account ${accountId} for more information.`;
  return new AwsError("ModelError", Message, {
    status: 424,
    members: {
      Message,
      ErrorCode: `${side.toUpperCase()}_ERROR_FROM_MODEL`,
      OriginalStatusCode: error.status,
      OriginalMessage: error.message,
      LogStreamArn: error.logStreamArn ?? `arn:aws:logs:${call.region}:${accountId}:log-group:${logGroup}`,
    },
  });
}

/** Stateful sessions: https://docs.aws.amazon.com/sagemaker/latest/dg/stateful-sessions.html */
function newSession({ headers }: Invocation, call: Call): Record<string, string> {
  if (headers["x-amzn-sagemaker-session-id"] !== "NEW_SESSION") return {};
  const expires = new Date(call.world.clock.now() + 1_200_000).toISOString().replace(/\.\d+Z$/, "Z");
  return { "x-amzn-sagemaker-new-session-id": `${call.world.ids.uuid()}; Expires=${expires}` };
}

function customAttributes(reply: ModelReply): Record<string, string> {
  return reply.customAttributes === undefined ? {} : { "x-amzn-sagemaker-custom-attributes": reply.customAttributes };
}

export function endpointArn(call: Call, name: string): string {
  return `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:endpoint/${name}`;
}
