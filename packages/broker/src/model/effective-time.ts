import type { Clock } from "@countersign/signer";

/** One moment on both clocks of the machine, and the correction of its clock at that moment. */
export interface Anchor {
  readonly wall: number;
  readonly monotonic: number;
  readonly offsetMs: number;
}

export function anchorNow(clock: Pick<Clock, "monotonic" | "offsetMs" | "wall">): Anchor {
  return { wall: clock.wall(), monotonic: clock.monotonic(), offsetMs: clock.offsetMs };
}

/**
 * The time since the anchor, in milliseconds: the larger of what the two clocks show. The monotonic clock stops while a
 * machine sleeps, and the wall clock can be set back. Where the wall clock was set forward, a later correction shows it.
 * A correction can shorten the time and not lengthen it: it comes from outside, and may be wrong.
 */
export function elapsedMs(clock: Clock, anchor: Anchor, monotonic: number = clock.monotonic()): number {
  const byWall = clock.wall() - anchor.wall + Math.min(0, clock.offsetMs - anchor.offsetMs);
  return Math.max(byWall, monotonic - anchor.monotonic);
}
