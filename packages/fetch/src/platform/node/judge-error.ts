import type { Repeat } from "../../attempts/repeat.ts";
import type { Verdict } from "../../attempts/verdict.ts";

/**
 * Errors before a connection stood: the request cannot have run. From Node's `net` and `dns`, undici, Bun, and
 * `@countersign/transport`.
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

/** Errors of a connection that stood: the request may have run. */
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
 * Judges what a `send` threw, along its causes. Refusals, ours and other packages', are final; so is everything
 * unknown.
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
      // All that the Fetch standard says of a failed network is TypeError; workerd throws an Error marked retryable.
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
  // Bounded: nothing keeps a foreign error from being its own cause.
  for (let depth = 0, link = error; depth < 8 && typeof link === "object" && link !== null; depth++) {
    yield link;
    link = (link as ErrorLink).cause;
  }
}
