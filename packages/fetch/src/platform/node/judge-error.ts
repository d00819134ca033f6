import type { Repeat } from "../../attempts/repeat.ts";
import type { Verdict } from "../../attempts/verdict.ts";

/**
 * Errors from before the connection was established: the request cannot have run. They come from Node's `net` and `dns`,
 * undici, Bun and `@countersign/transport`.
 */
const NEVER_SENT = new Set([
  "ConnectionRefused",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "FailedToOpenSocket",
  "UND_ERR_CONNECT_TIMEOUT",
  "CONNECT_TIMEOUT",
]);

/** Errors of an established connection: the request may have run. */
const CONNECTION_FAILED = new Set([
  "BODY_TIMEOUT",
  "CONNECTION_LOST",
  "ConnectionClosed",
  "ECONNABORTED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/**
 * Judges what a `send` threw, by the error and its causes. Refusals of this and other packages are final, and so is
 * every unknown error.
 */
export function judgeError(error: unknown, repeat: Repeat): Verdict {
  let networkFailed = false;
  for (const { name, code, sent, retryable } of causes(error)) {
    if (name === "AbortError" || name === "TimeoutError") return "final";
    if (typeof code === "string") {
      if (NEVER_SENT.has(code)) return "transient";
      if (!CONNECTION_FAILED.has(code)) return "final";
      if (sent === false) return "transient";
      networkFailed = true;
    } else if (name === "TypeError" || retryable === true) {
      // The Fetch standard reports a failed network as a TypeError; workerd throws an Error marked retryable.
      networkFailed = true;
    }
  }
  return networkFailed && repeat === "always" ? "transient" : "final";
}

interface ErrorLink {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly sent?: unknown;
  readonly retryable?: unknown;
}

function* causes(error: unknown): Generator<ErrorLink> {
  // Bounded, because a foreign error may be its own cause.
  for (let depth = 0, link = error; depth < 8 && typeof link === "object" && link !== null; depth++) {
    yield link;
    link = (link as ErrorLink).cause;
  }
}
