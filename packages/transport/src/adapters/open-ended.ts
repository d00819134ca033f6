import type { IncomingMessage } from "node:http";
import { TransportError } from "../errors/error.ts";

/**
 * Calls `fail` where `node:http` would end an answer because its connection has ended. Such an answer has neither a length
 * nor chunks (RFC 9112, section 6.3). Over TLS it is complete only if the server closed TLS (section 9.8), and Node does
 * not tell whether it did or the connection was cut below it, which anyone on the way can do.
 *
 * The headers of the answer do not decide it: what the parser makes of `transfer-encoding: x chunked`, or of a tab behind
 * `chunked`, is the parser's own affair. So the moment decides, at which the parser ends the answer.
 */
export function failAtConnectionEnd(answer: IncomingMessage, fail: () => void): void {
  const { socket } = answer;
  const push = answer.push.bind(answer);
  let isWhole = false;
  answer.push = (chunk, encoding) => {
    // Node ends an answer once more when its connection closes.
    if (chunk === null && !socket.readableEnded && !socket.destroyed) isWhole = true;
    if (chunk !== null || isWhole) return push(chunk, encoding);
    // Not at once: Node has not finished with the end of the connection.
    process.nextTick(fail);
    return false;
  };
}

/** The error for an answer whose end nothing proves. */
export function endUnproven(host: string): TransportError {
  return new TransportError(
    "RESPONSE_INVALID",
    `${host}: the end of the answer is not proven; the server must send content-length or chunks`,
    { phase: "response", sent: true },
  );
}
