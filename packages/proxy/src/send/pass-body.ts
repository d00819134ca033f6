import type { Readable } from "node:stream";
import type { Outgoing } from "../message.ts";

/**
 * Passes a body on as it comes, no faster than it is taken. Resolves when all of it was handed to the connection.
 *
 * `stream.pipeline` does the same and costs each request an AbortController, a DOMException and a dozen listeners.
 *
 * @param signal aborted if the client has left already.
 * @param counted receives the length of each piece.
 * @throws the error of the body; an Error when either side breaks off.
 */
export function passBody(
  body: Readable,
  outgoing: Outgoing,
  signal: AbortSignal,
  counted: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    function stop(): void {
      body.off("data", take).off("end", ended).off("error", fail).off("close", brokenOff).on("error", ignore);
      signal.removeEventListener("abort", left);
      outgoing.off("drain", goOn).off("finish", finished).off("close", left).off("error", fail).on("error", ignore);
    }
    function fail(error: Error): void {
      stop();
      body.destroy();
      reject(error);
    }
    function take(piece: Buffer): void {
      counted(piece.length);
      if (!outgoing.write(piece)) body.pause();
    }
    const goOn = (): void => void body.resume();
    const ended = (): void => void outgoing.end();
    const brokenOff = (): void => {
      if (!body.readableEnded) fail(new Error("the answer broke off"));
    };
    const left = (): void => fail(new Error("the client is gone"));
    function finished(): void {
      stop();
      resolve();
    }
    outgoing.on("drain", goOn).on("finish", finished).on("close", left).on("error", fail);
    signal.addEventListener("abort", left);
    // The answer of a client that has left emits no event any more.
    if (signal.aborted) left();
    else body.on("end", ended).on("error", fail).on("close", brokenOff).on("data", take);
  });
}

function ignore(): void {}
