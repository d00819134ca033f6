import type { Socket } from "node:net";

/** What is used of undici's parser of answers over HTTP/1. It has no types. */
export interface UndiciParser {
  /** A slow reader pauses it. */
  readonly paused: boolean;
  shouldKeepAlive: boolean;
  resume(): void;
  onHeadersComplete(status: number, upgrade: boolean, shouldKeepAlive: boolean): number;
  /** Ends an answer because its connection has ended. */
  finish(): Error | null;
}

/** RFC 2518, section 10.1. */
const processing = 102;

/**
 * Watches how undici's parser begins and ends the answers of a connection.
 *
 * It drops the connection at a 100 (Continue), which a server may send unasked (RFC 9110, section 15.2). As another interim
 * answer it is read over.
 *
 * A parser that is paused when its connection ends must not be asked to `finish`: up to undici 7 it throws an
 * AssertionError, which ends the process (nodejs/undici#5360). So it first reads what has arrived. What is incomplete
 * then fails.
 *
 * @returns whether the answer that ends at this moment is ended by the end of its connection.
 */
export function watchParser(socket: Socket, parser: UndiciParser): () => boolean {
  const begin = parser.onHeadersComplete.bind(parser);
  parser.onHeadersComplete = (status, upgrade, shouldKeepAlive) =>
    begin(status === 100 ? processing : status, upgrade, shouldKeepAlive);
  let isFinishing = false;
  const finish = parser.finish.bind(parser);
  parser.finish = () => {
    isFinishing = true;
    try {
      return finish();
    } finally {
      isFinishing = false;
    }
  };
  const catchUp = (): void => {
    if (parser.paused) parser.resume();
    // Only the parser of a connection that does not stay open is asked to finish.
    if (parser.paused) parser.shouldKeepAlive = true;
  };
  // Before undici's own listeners.
  for (const event of ["end", "error", "close"]) socket.prependListener(event, catchUp);
  return () => isFinishing;
}
