import type { Clock } from "@countersign/signer";

/** One moment on both clocks. */
export interface Anchor {
  readonly wall: number;
  readonly monotonic: number;
}

export function anchorNow(clock: Clock): Anchor {
  return { wall: clock.wall(), monotonic: clock.monotonic() };
}

/**
 * The time since the anchor, in milliseconds: the larger of what the two clocks show. The monotonic clock stops while a
 * machine sleeps, and the wall clock can be set back.
 */
export function elapsedMs(clock: Clock, anchor: Anchor, monotonic: number = clock.monotonic()): number {
  return Math.max(clock.wall() - anchor.wall, monotonic - anchor.monotonic);
}
