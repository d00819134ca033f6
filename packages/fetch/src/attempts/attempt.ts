import type { Repeat } from "./repeat.ts";

/** What is known about a signature besides the signature itself. */
export interface SignatureFacts {
  readonly accessKeyId: string;
  /** When it was made, as readings of `wall()` and `now()` of the clock that dated it. Default: when it is reported. */
  readonly sentAt?: number | undefined;
  readonly signedAt?: number | undefined;
}

/** One sending of a call. */
export interface Attempt {
  /** Counts from 1. */
  readonly number: number;
  /** To be called right after signing, so that a wait for a connection slot does not blur what the answer's date proves. */
  readonly signed: (signature: SignatureFacts) => void;
}

/** The parts of an answer that it is judged by. */
export interface Answer {
  readonly status: number;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | null | undefined;
  /**
   * The beginning of the body. Reading it must neither consume the body nor wait for data that does not arrive. It is
   * read only for errors whose headers do not name their code.
   */
  readonly text?: (() => Promise<string>) | undefined;
}

/** A call that may be sent several times. */
export interface AttemptedCall<Result> {
  /** For events. */
  readonly host: string;
  /** Sent over TLS: only then does an answer's date prove anything. */
  readonly secure: boolean;
  /** What harm a second sending may do; `repeatOf` works it out. */
  readonly repeat: Repeat;
  /** Ends the call, also while it waits. */
  readonly signal?: AbortSignal | null | undefined;
  /** Signs and sends. Each attempt signs anew, with the credentials and the time of that moment. */
  send(attempt: Attempt): Promise<Result>;
  inspect(result: Result): Answer;
  /** Releases a result that another attempt replaces. */
  discard(result: Result): void | Promise<void>;
}

/** Sends calls as often as is safe and worthwhile. */
export interface Attempts {
  /** Resolves to the last attempt's result, also when that is an HTTP error. Throws only what the last `send` threw. */
  run<Result>(call: AttemptedCall<Result>): Promise<Result>;
}
