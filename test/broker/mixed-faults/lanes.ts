import { setTimeout } from "node:timers/promises";
import type { Span } from "./oracle.ts";

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One kind of fault: starts it, and returns how to end it. */
export type Faults = Readonly<Record<string, () => Promise<() => Promise<void> | void>>>;

export interface LaneOptions {
  readonly random: () => number;
  /** Real time at which the lane ends, in milliseconds since the epoch. */
  readonly until: number;
  /** How long a fault lasts, and how long nothing happens after it: the least and the most, in milliseconds. */
  readonly lasts: readonly [number, number];
  readonly pause: readonly [number, number];
  /** Kinds that last so many times longer. */
  readonly longer?: Readonly<Record<string, number>>;
  readonly spans: Span[];
  readonly counts: Record<string, number>;
}

/** Injects one fault after the other until the end: each kind once, in an order by chance, then all again. */
export async function runLane(faults: Faults, options: LaneOptions): Promise<void> {
  const { random, until, spans, counts } = options;
  const between = ([least, most]: readonly [number, number]): number => least + (most - least) * random();
  let deck: string[] = [];
  for (;;) {
    const pauseMs = between(options.pause);
    const lastsMs = between(options.lasts);
    if (deck.length === 0) deck = shuffled(Object.keys(faults), random);
    const kind = deck.pop() as string;
    const forMs = lastsMs * (options.longer?.[kind] ?? 1);
    if (Date.now() + pauseMs + forMs > until) return;
    await setTimeout(pauseMs);
    const span: Span = { kind, from: Date.now(), to: Infinity };
    spans.push(span);
    counts[kind] = (counts[kind] ?? 0) + 1;
    const end = await faults[kind]?.();
    await setTimeout(forMs);
    await end?.();
    span.to = Date.now();
  }
}

function shuffled(names: readonly string[], random: () => number): string[] {
  const rest = [...names];
  return names.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as string);
}
