/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the call may take altogether, retries included, in milliseconds. For streams: until the answer's head.
   * Default: no limit but the transport's, 70 seconds for the head of each answer.
   */
  readonly timeoutMs?: number | undefined;
}
