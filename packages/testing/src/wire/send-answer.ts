import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { StreamCut } from "../runtime/response-stream.ts";
import type { Answer } from "./protocol.ts";

export type Response = ServerResponse | Http2ServerResponse;

/** Sends an answer. `half` announces the full length and sends the first half. */
export async function sendAnswer(
  response: Response,
  answer: Answer,
  date: Date,
  extent: "whole" | "half",
): Promise<void> {
  if (response.destroyed) return;
  response.sendDate = false;
  const { status, headers, body } = answer;
  const head = { ...headers, date: date.toUTCString() };
  if (typeof body === "string" || body instanceof Uint8Array) {
    const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
    writeHead(response, status, { ...head, "content-length": String(bytes.length) });
    if (extent === "whole") return end(response, bytes);
    await write(response, bytes.subarray(0, Math.ceil(bytes.length / 2)));
    return cut(response);
  }
  writeHead(response, status, head);
  // A peer that streams both ways waits for the head before it sends.
  (response as ServerResponse).flushHeaders();
  try {
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (extent === "half") {
        await write(response, chunk.subarray(0, Math.ceil(chunk.length / 2)));
        return cut(response);
      }
      await write(response, chunk);
    }
    end(response);
  } catch (error) {
    cut(response);
    if (!(error instanceof StreamCut)) throw error;
  }
}

/** Ends the connection and every request on it. */
export function drop(response: Response): void {
  if ("stream" in response) response.stream.session?.destroy();
  else response.socket?.destroy();
}

/** Ends the connection, or the stream over HTTP/2, without completing the answer. */
function cut(response: Response): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.socket?.destroy();
}

// The two kinds of response have the same methods in incompatible overloads.
function writeHead(response: Response, status: number, headers: Record<string, string>): void {
  (response as ServerResponse).writeHead(status, headers);
}

function end(response: Response, bytes?: Uint8Array): void {
  (response as ServerResponse).end(bytes);
}

/** Resolves when the bytes have left for the socket: nothing piles up behind a slow reader. */
function write(response: Response, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("close", done);
      resolve();
    };
    response.once("close", done);
    (response as ServerResponse).write(bytes, done);
  });
}
