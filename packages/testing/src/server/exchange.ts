import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Authenticate } from "./authenticate.ts";
import type { CallLog, OpenCall } from "./call-log.ts";
import { type Cors, corsHeaders, preflight } from "./cors.ts";
import type { Fault, Faults } from "../fault/fault.ts";
import { principalOf } from "../iam/access-keys.ts";
import { authorise } from "../iam/authorise.ts";
import type { RequestOrigin } from "../iam/principal.ts";
import { Dropped, Instead, refuse, skewOf, spoilAnswer, spoilOutput } from "../fault/misbehave.ts";
import type { Operation, Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Answer, restJson } from "../wire/protocol.ts";
import {
  headerOf,
  type ReceivedHead,
  receiveBody,
  receiveHead,
  type ReceivedRequest,
} from "../wire/received-request.ts";
import { drop, type Response, sendAnswer } from "../wire/send-answer.ts";
import { type Call, callerOf, type World } from "../world.ts";

/** What one listener needs to answer requests. */
export interface ExchangeOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly authenticate: Authenticate;
  readonly cors: Cors | undefined;
  /** The service that a request is for: the listener's own, or what its head tells. */
  serviceOf(head: ReceivedHead): Service;
  /** The region that the listener stands for. */
  readonly region: string;
  /** Ends waits when the local AWS closes. */
  readonly signal: AbortSignal;
}

/** Receives, verifies, authorises, runs and answers one request. */
export async function exchange(
  options: ExchangeOptions,
  message: IncomingMessage | Http2ServerRequest,
  response: Response,
): Promise<void> {
  const { cors, signal, world } = options;
  const requestId = world.ids.uuid();
  const faults: Fault[] = [];
  let head: ReceivedHead | undefined;
  let service: Service | undefined;
  let call: OpenCall | undefined;
  let answer: Answer;
  try {
    head = receiveHead(message);
    answer = preflight(cors, head) ?? (await handle(head));
  } catch (error) {
    if (signal.aborted || error instanceof Dropped || response.destroyed) return drop(response);
    answer = error instanceof Instead ? error.answer : refused(asAwsError(error));
  }
  if (call !== undefined) call.status = answer.status;
  const { headers } = answer;
  answer = { ...answer, headers: head === undefined ? headers : { ...headers, ...corsHeaders(cors, head) } };
  const date = new Date(world.clock.now() + skewOf(faults));
  const extent = faults.some(({ kind }) => kind === "truncate") ? "half" : "whole";
  await sendAnswer(response, spoilAnswer(answer, faults), date, extent);

  async function handle(received: ReceivedHead): Promise<Answer> {
    service = options.serviceOf(received);
    await service.load?.();
    faults.push(...options.faults.takeEarly(service.name, service.operationOf(received)));
    refuse(faults);
    const body = service.body === "streamed" ? Buffer.alloc(0) : await receiveBody(message);
    const request: ReceivedRequest = { ...received, body, arriving: message as AsyncIterable<Uint8Array> };
    call = openCall(options, service, request, requestId);
    options.calls.add(call);
    return serve(options, service, request, call, faults);
  }

  function refused(error: AwsError): Answer {
    if (call !== undefined) call.errorCode = error.code;
    return (service?.protocol ?? restJson).error(error, requestId);
  }
}

async function serve(
  options: ExchangeOptions,
  service: Service,
  request: ReceivedRequest,
  record: OpenCall,
  faults: Fault[],
): Promise<Answer> {
  const { world, region, signal } = options;
  const operation = service.route(request);
  record.operation = operation.name;
  record.input = operation.input;
  faults.push(...options.faults.take(service.name, operation.name));
  for (const fault of faults) if (fault.kind === "delay") await world.clock.sleep(fault.ms, signal);
  refuse(faults);

  const authenticated =
    operation.authentication === "none"
      ? undefined
      : await options.authenticate(request, { service: service.signingName, region, skewMs: skewOf(faults) });
  const principal = authenticated === undefined ? undefined : principalOf(authenticated.key);
  record.principal = principal?.arn;
  record.accessKeyId = authenticated?.key.credentials.accessKeyId;
  const origin = originOf(options, request);
  const { chain, payload } = authenticated ?? {};
  const call: Call = { world, request, region, origin, principal, accessKeyId: record.accessKeyId, chain, payload };
  const permission = operation.permission?.(call);
  if (permission !== undefined && principal !== undefined) authorise(principal, permission, origin);
  if (authenticated?.bearer === true) checkBearer(service, operation, call);

  const output = spoilOutput(await operation.run(call), faults, world.clock.now());
  if (faults.some(({ kind }) => kind === "drop-after-body")) throw new Dropped();
  return service.protocol.result(operation.name, output, record.requestId);
}

/** Bearer tokens work for the OpenAI-compatible paths only, and need `sagemaker:CallWithBearerToken`. */
function checkBearer(service: Service, operation: Operation, call: Call): void {
  if (service.name !== "runtime" || operation.bearer !== "accepted") {
    throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  authorise(callerOf(call), { action: "sagemaker:CallWithBearerToken", resource: "*" }, call.origin);
}

function openCall(
  { world, region }: ExchangeOptions,
  service: Service,
  request: ReceivedRequest,
  requestId: string,
): OpenCall {
  return {
    service: service.name,
    operation: undefined,
    region,
    at: new Date(world.clock.now()),
    method: request.method,
    target: request.target,
    headers: Object.fromEntries(request.headers.map(([name]) => [name, headerOf(request, name) ?? ""])),
    body: request.body,
    input: undefined,
    accessKeyId: undefined,
    principal: undefined,
    status: undefined,
    errorCode: undefined,
    requestId,
    tls: request.tls,
  };
}

function originOf({ world, region }: ExchangeOptions, request: ReceivedRequest): RequestOrigin {
  return {
    now: new Date(world.clock.now()),
    region,
    guardrails: world.guardrails,
    sourceIp: request.remoteAddress,
    userAgent: headerOf(request, "user-agent"),
    // S3 has the word bucket in front. vpce-ID-SUFFIX[-ZONE].api.sagemaker.REGION.vpce.amazonaws.com: the key holds vpce-ID.
    sourceVpce: /^(?:bucket\.)?(vpce-[0-9a-z]+)-.*\.vpce\.amazonaws\.com/.exec(headerOf(request, "host") ?? "")?.[1],
  };
}

/** Any error other than an `AwsError` is a fault of this server. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const { message } = error as Error;
  return new AwsError("InternalFailure", `The local AWS failed: ${message}`, { status: 500 });
}
