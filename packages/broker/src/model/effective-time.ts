import type { Clock } from "@countersign/signer";

/** A moment on both clocks. */
export interface Anchor {
  readonly wall: number;
  readonly monotonic: number;
}

export function anchorNow(clock: Clock): Anchor {
  return { wall: clock.wall(), monotonic: clock.monotonic() };
}

/**
 * How much time has passed since the anchor, in milliseconds. The monotonic clock stands still while a machine sleeps
 * and the wall clock can be set back: whichever saw more is right (lru-cache's own TTL sees neither).
 */
export function elapsedMs(clock: Clock, anchor: Anchor, monotonic: number = clock.monotonic()): number {
  return Math.max(clock.wall() - anchor.wall, monotonic - anchor.monotonic);
}
