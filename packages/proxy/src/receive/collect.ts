import { Refusal } from "../refusal.ts";
import { createBlocks } from "./blocks.ts";

/** Bytes that requests may hold in memory while their bodies are read. */
export interface BufferBudget {
  take(bytes: number): void;
  give(bytes: number): void;
  /** A budget within this one: what is taken from it is taken from this one too. */
  part(maxBytes: () => number): BufferBudget;
}

/** @throws Refusal `ServiceUnavailable` from `take` when the budget is used up. */
export function createBufferBudget(maxBytes: number): BufferBudget {
  return budgetOf(() => maxBytes);
}

function budgetOf(maxBytes: () => number, whole?: BufferBudget): BufferBudget {
  let used = 0;
  const budget: BufferBudget = {
    take(bytes) {
      if (used + bytes > maxBytes())
        throw new Refusal(503, "ServiceUnavailable", "The proxy has no memory left for this body: try again.");
      whole?.take(bytes);
      used += bytes;
    },
    give(bytes) {
      whole?.give(bytes);
      used -= bytes;
    },
    part: (partBytes) => budgetOf(partBytes, budget),
  };
  return budget;
}

/** A body that was read whole. `release` gives its memory back to the budget. */
export interface Collected {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/** How much of a body is read, at whose cost, and for how long. */
export interface CollectLimits {
  readonly maxBytes: number;
  readonly budget: BufferBudget;
  /** The `Content-Length` that the head announces. */
  readonly contentLength: string | undefined;
  /** How long the whole body may take, in milliseconds. Default: as long as its connection is not idle. */
  readonly withinMs?: number | undefined;
}

/**
 * Reads a body whole.
 *
 * @throws Refusal `RequestEntityTooLarge` above `maxBytes`, `IncompleteBody` if it ends early, `RequestTimeout`.
 */
export async function collect(
  body: AsyncIterable<Buffer>,
  { maxBytes, budget, contentLength, withinMs }: CollectLimits,
): Promise<Collected> {
  const blocks = createBlocks();
  if (contentLength !== undefined && Number(contentLength) > maxBytes) throw tooLarge(maxBytes);
  const deadline = createDeadline(withinMs);
  const source = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      // A loop with `for await` would close the body when it ends early, and with it the connection before the answer.
      const { done, value } = await deadline.before(source.next());
      if (done === true) break;
      if (blocks.length + value.length > maxBytes) throw tooLarge(maxBytes);
      budget.take(value.length);
      blocks.add(value);
    }
  } catch (error) {
    budget.give(blocks.length);
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "IncompleteBody", "The body ended before its announced length.");
  } finally {
    deadline.stop();
  }
  const { length } = blocks;
  return { bytes: blocks.join(), release: () => budget.give(length) };
}

interface Deadline {
  /** What the promise resolves to. @throws Refusal `RequestTimeout` when the time is over. */
  before<Value>(promise: Promise<Value>): Promise<Value>;
  stop(): void;
}

function createDeadline(ms: number | undefined): Deadline {
  if (ms === undefined) return { before: (promise) => promise, stop: () => undefined };
  let expire: (reason: Refusal) => void = () => undefined;
  const timer = setTimeout(() => {
    const limit = `The body must arrive within ${ms / 1000} seconds: nothing before its end proves who sent it.`;
    expire(new Refusal(408, "RequestTimeout", limit));
  }, ms);
  return {
    // Not `Promise.race` with one promise for all pieces: it would keep a reaction for each.
    before: (promise) =>
      new Promise((resolve, reject) => {
        expire = reject;
        promise.then(resolve, reject);
      }),
    stop: () => clearTimeout(timer),
  };
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, "RequestEntityTooLarge", `The body must be at most ${maxBytes} bytes.`);
}
