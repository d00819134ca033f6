import { Refusal } from "../refusal.ts";
import { createBlocks } from "./blocks.ts";

/** Bytes that all requests together may hold in memory while their bodies are read. */
export interface BufferBudget {
  take(bytes: number): void;
  give(bytes: number): void;
}

/** @throws Refusal `ServiceUnavailable` from `take` when the budget is used up. */
export function createBufferBudget(maxBytes: number): BufferBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > maxBytes)
        throw new Refusal(503, "ServiceUnavailable", "The proxy has no memory left for this body: try again.");
      used += bytes;
    },
    give(bytes) {
      used -= bytes;
    },
  };
}

/** A body that was read whole. `release` gives its memory back to the budget. */
export interface Collected {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/**
 * Reads a body whole.
 *
 * @throws Refusal `RequestEntityTooLarge` above `maxBytes`, `IncompleteBody` if it ends early.
 */
export async function collect(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  budget: BufferBudget,
  contentLength: string | undefined,
): Promise<Collected> {
  const blocks = createBlocks();
  if (contentLength !== undefined && Number(contentLength) > maxBytes) throw tooLarge(maxBytes);
  try {
    for await (const chunk of body) {
      if (blocks.length + chunk.length > maxBytes) throw tooLarge(maxBytes);
      budget.take(chunk.length);
      blocks.add(chunk);
    }
  } catch (error) {
    budget.give(blocks.length);
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "IncompleteBody", "The body ended before its announced length.");
  }
  const { length } = blocks;
  return { bytes: blocks.join(), release: () => budget.give(length) };
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, "RequestEntityTooLarge", `The body must be at most ${maxBytes} bytes.`);
}
