import type { Socket } from "node:net";

/** What is used of undici's parser of answers over HTTP/1. It has no types. */
export interface UndiciParser {
  /** A slow reader pauses it. */
  readonly paused: boolean;
  shouldKeepAlive: boolean;
  resume(): void;
  /** Ends an answer because its connection has ended. */
  finish(): Error | null;
}

/**
 * Watches how undici's parser ends the answers of a connection.
 *
 * A parser that is paused when its connection ends must not be asked to `finish`: up to undici 7 it throws an
 * AssertionError, which ends the process (nodejs/undici#5360). So it first reads what has arrived. What is incomplete
 * then fails.
 *
 * @returns whether the answer that ends at this moment is ended by the end of its connection.
 */
export function watchParser(socket: Socket, parser: UndiciParser): () => boolean {
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
