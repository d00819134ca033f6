import { TransportError } from "../errors/error.ts";

/**
 * Calls `expire` once, `ms` after the last {@link refresh}. What a server sends in between does not matter: neither
 * informational answers (1xx) nor single bytes of a head extend it.
 */
export class Deadline {
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param ms 0: no limit. */
  constructor(ms: number, expire: () => void) {
    this.#timer = ms === 0 ? undefined : setTimeout(expire, ms);
  }

  /** Starts the time anew, for progress that the client makes itself. */
  refresh(): void {
    this.#timer?.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** The error for an answer that takes longer than `timeouts.bodyMs`. */
export function bodyTooLong(host: string, ms: number): TransportError {
  return new TransportError("BODY_TIMEOUT", `${host}: sent no complete answer within ${ms} ms (timeouts.bodyMs)`, {
    phase: "response",
    sent: true,
  });
}
