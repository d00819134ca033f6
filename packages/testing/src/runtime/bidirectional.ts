import type { SignatureChain } from "@countersign/signer/verify";
import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { decodeEvents, encodeEvent, type EventHeader } from "../wire/event-stream.ts";
import { restJson } from "../wire/protocol.ts";
import { table } from "../table.ts";
import { headerOf, type ReceivedRequest } from "../wire/received-request.ts";
import { type Call, callerOf } from "../world.ts";
import type { Endpoints, StreamPart } from "./endpoint.ts";
import { endPart, exception } from "./response-stream.ts";
import { endpointArn, pathOf, unknownPath } from "./service.ts";

const path = "invocations-bidirectional-stream";
const operation = "InvokeEndpointWithBidirectionalStream";
/** The clock check of requests applies to events too: https://docs.aws.amazon.com/general/latest/gr/sigv4-troubleshooting.html */
const maxSkewMs = 300_000;

/** Codes within a stream are those of JSON services. */
const streamCode = table({
  IncompleteSignature: "IncompleteSignatureException",
  SignatureDoesNotMatch: "InvalidSignatureException",
});

/** SageMaker Runtime over HTTP/2: events both ways at once, each of the request's signed over the one before. */
export function runtimeHttp2(endpoints: Endpoints): Service {
  return {
    name: "runtime-http2",
    signingName: "sagemaker",
    protocol: restJson,
    body: "streamed",
    operationOf: (head) => (pathOf(head)?.path === path ? operation : undefined),
    route(request) {
      const parts = pathOf(request);
      if (request.method !== "POST" || parts?.path !== path) throw unknownPath();
      const { endpointName } = parts;
      return {
        name: operation,
        input: { endpointName },
        authentication: "signed",
        permission: (call) => ({ action: `sagemaker:${operation}`, resource: endpointArn(call, endpointName) }),
        run(call) {
          if (call.chain === undefined) {
            throw new AwsError(
              "ValidationException",
              "x-amz-content-sha256 must be STREAMING-AWS4-HMAC-SHA256-EVENTS for a stream of events.",
            );
          }
          const converse = endpoints.converse({
            endpointName,
            operation,
            body: new Uint8Array(),
            contentType: headerOf(request, "content-type"),
            accept: headerOf(request, "accept"),
            headers: Object.fromEntries(request.headers),
            principal: callerOf(call).arn,
          });
          return {
            status: 200,
            headers: {
              "content-type": "application/vnd.amazon.eventstream",
              "x-amzn-invoked-production-variant": headerOf(request, "x-amzn-sagemaker-target-variant") ?? "AllTraffic",
            },
            body: answerEvents(converse(receiveParts(request, call.chain, call))),
          };
        },
      };
    },
  };
}

/** The parts of the request, each verified before the model sees it. */
async function* receiveParts(request: ReceivedRequest, chain: SignatureChain, call: Call): AsyncGenerator<StreamPart> {
  for await (const { headers, payload } of decodeEvents(request.arriving)) {
    const date = headers[":date"];
    const signature = headers[":chunk-signature"];
    if (!(date instanceof Date) || !(signature instanceof Uint8Array)) {
      throw new AwsError("IncompleteSignature", "An event of the stream has no :date or no :chunk-signature.");
    }
    chain.event({ date, signature, payload });
    if (Math.abs(date.getTime() - call.world.clock.now()) > maxSkewMs) {
      throw new AwsError("SignatureDoesNotMatch", `Signature expired: ${date.toISOString()} is too far from now.`);
    }
    // The signed empty event ends the stream. A stream without it was truncated.
    if (payload.length === 0) return;
    yield await innerPart(payload);
  }
  throw new AwsError("IncompleteSignature", "The stream ended without the signed empty event that closes it.");
}

async function innerPart(bytes: Uint8Array): Promise<StreamPart> {
  const once = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  for await (const { headers, payload } of decodeEvents(once())) {
    if (headers[":event-type"] !== "PayloadPart") {
      throw new AwsError(
        "InputValidationError",
        `The stream takes events of type PayloadPart, not ${text(headers[":event-type"]) ?? "none"}.`,
      );
    }
    const dataType = text(headers["DataType"]);
    const completionState = text(headers["CompletionState"]);
    return {
      bytes: payload,
      ...(dataType === undefined ? {} : { dataType }),
      ...(completionState === undefined ? {} : { completionState }),
    };
  }
  throw new AwsError("InputValidationError", "A signed event wraps no event.");
}

async function* answerEvents(parts: AsyncIterable<StreamPart>): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of parts) {
      if (part.ending !== undefined) yield* endPart(part.ending);
      else yield payloadEvent(part);
    }
  } catch (error) {
    // The head has gone out: what goes wrong now travels as an event.
    if (!(error instanceof Error)) throw error;
    const code = codeOf(error);
    if (code === "InputValidationError" || code === "InternalServerError") {
      yield exception(code, { Message: error.message });
    } else {
      yield encodeEvent({
        headers: { ":message-type": "error", ":error-code": streamCode[code] ?? code, ":error-message": error.message },
        payload: new Uint8Array(),
      });
    }
  }
}

/** A body that cannot be decoded is the sender's fault. An error without a code is the model's. */
function codeOf(error: Error): string {
  if (error instanceof RangeError) return "InputValidationError";
  return "code" in error && typeof error.code === "string" ? error.code : "InternalServerError";
}

function payloadEvent({ bytes = "", dataType, completionState }: StreamPart): Buffer {
  return encodeEvent({
    headers: {
      ":message-type": "event",
      ":event-type": "PayloadPart",
      ":content-type": "application/octet-stream",
      ...(dataType === undefined ? {} : { DataType: dataType }),
      ...(completionState === undefined ? {} : { CompletionState: completionState }),
    },
    payload: typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes,
  });
}

function text(header: EventHeader | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
