import type { ServerResponse } from "node:http";
import { closeIfUnread } from "./sending.ts";

/**
 * Passes on an answer whose body arrived together with its head, as most do: head and body in one write, and no stream.
 * Resolves when it was handed to the connection.
 *
 * @param headers names and values in turn.
 * @param signal aborted if the client has left already.
 * @throws Error when the client leaves.
 */
export function passWhole(
  outgoing: ServerResponse,
  status: number,
  headers: (string | string[])[],
  body: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = (): void => {
      // Every answer closes. An Error takes longer to make than all else here.
      if (!outgoing.writableFinished) reject(new Error("the client is gone"));
    };
    // The answer of a client that has left emits no event any more.
    if (signal.aborted) return left();
    closeIfUnread(outgoing);
    outgoing.on("finish", resolve).on("close", left).on("error", reject);
    outgoing.writeHead(status, headers).end(body);
  });
}
