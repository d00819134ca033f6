import { encodeEvent } from "../wire/event-stream.ts";
import { bytesOf, type ModelReply, type StreamEnding } from "./endpoint.ts";

const pieceBytes = 1024;

/** Thrown while an answer is sent, to end the connection there. */
export class StreamCut extends Error {}

/**
 * The events of `InvokeEndpointWithResponseStream`
 * (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_ResponseStream.html).
 */
export async function* responseStream(reply: ModelReply): AsyncGenerator<Uint8Array> {
  for await (const part of partsOf(reply)) yield payloadPart(part);
  yield* endPart(reply.ending ?? "complete");
}

/** What comes last in a stream. */
export function* endPart(ending: StreamEnding): Generator<Uint8Array> {
  if (ending === "complete") return;
  if (ending === "cut") {
    yield payloadPart("lost").subarray(0, 20);
    throw new StreamCut("The stream was cut within an event, as scripted.");
  }
  if (ending === "corrupt") {
    const event = payloadPart("corrupt");
    event[event.length - 1] = (event.at(-1) ?? 0) ^ 0xff;
    yield event;
    return;
  }
  yield "modelStreamError" in ending
    ? exception("ModelStreamError", {
        ErrorCode: ending.modelStreamError.code,
        Message: ending.modelStreamError.message,
      })
    : exception("InternalStreamFailure", { Message: ending.internalStreamFailure.message });
}

/** The pieces of an answer, as they are cut. */
export async function* partsOf(reply: ModelReply): AsyncGenerator<Uint8Array> {
  if (reply.parts === undefined) {
    const body = bytesOf(reply.body);
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
    return;
  }
  for await (const part of reply.parts) yield bytesOf(part);
}

/** One event of the stream that carries bytes of the answer. */
function payloadPart(bytes: string | Uint8Array): Buffer {
  return encodeEvent({
    headers: { ":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream" },
    payload: bytesOf(bytes),
  });
}

/** One of the errors that the service sends within a stream. */
export function exception(type: string, members: Readonly<Record<string, string>>): Buffer {
  return encodeEvent({
    headers: { ":message-type": "exception", ":exception-type": type, ":content-type": "application/json" },
    payload: Buffer.from(JSON.stringify(members), "utf8"),
  });
}
