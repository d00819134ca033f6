/** What one answer of a server says about its clock. */
export interface ClockObservation {
  /** The answer's `Date` header. */
  readonly date: Date;
  /** `clock.wall()` when the request left. */
  readonly sentAt: number;
  /** `clock.wall()` when the answer's head arrived. */
  readonly receivedAt: number;
  /** The answer's `Age` header in seconds; an answer with one came from a cache and proves nothing. */
  readonly ageS?: number | undefined;
  /**
   * The caller knows more than the date: the server refused the request for its time, or it issued credentials that
   * this clock takes for expired. Such an answer corrects the clock at once. Without it, a second answer must agree.
   * Default: false.
   */
  readonly confirmed?: boolean | undefined;
  /**
   * The server refused the request for its time: the value of `offsetMs`, in milliseconds, that the request was signed with. A correction
   * that was refused is wrong, whatever the answer's date says. Default: the request was not refused for its time.
   */
  readonly refusedOffsetMs?: number | undefined;
}

/** The one source of time. Every package takes it as the `clock` option. */
export interface Clock {
  /** Milliseconds since the epoch, corrected by what servers said. Signatures and expiries use this. */
  now(): number;
  /** Milliseconds since the epoch as this machine believes. */
  wall(): number;
  /** Milliseconds that never jump; may stand still while the machine sleeps. */
  monotonic(): number;
  /** `now() - wall()`; 0 until a server proved that the machine's clock is off. */
  readonly offsetMs: number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Learns from an answer of a host that the caller trusts, received over TLS. */
  observe(observation: ClockObservation): void;
}
