import type { Incoming } from "../message.ts";
import { Refusal } from "../refusal.ts";
import { createBlocks } from "./blocks.ts";
import type { HeldMemory } from "./buffer-budget.ts";

/** What `collect` reads: a request, or what has its events. */
export type Body = Pick<Incoming, "on" | "off" | "pause" | "resume" | "destroyed" | "readableEnded"> & {
  readonly aborted?: boolean;
};

/** How much of a body is read, at whose cost, and for how long. */
export interface CollectLimits {
  readonly maxBytes: number;
  readonly memory: HeldMemory;
  /** The `Content-Length` that the head announces. */
  readonly contentLength: string | undefined;
  /** How long the whole body may take, in milliseconds. Default: as long as its connection is not idle. */
  readonly withinMs?: number | undefined;
  /** Receives the length of each piece. */
  readonly counted?: ((bytes: number) => void) | undefined;
  /** Receives what ends the reading with a refusal. */
  readonly evictable?: ((evict: (refusal: Refusal) => void) => void) | undefined;
}

/**
 * Reads a body whole. Its memory is given back if that fails.
 *
 * @throws Refusal `RequestEntityTooLarge` above `maxBytes`, `IncompleteBody` if it ends early, `RequestTimeout`.
 */
export function collect(body: Body, limits: CollectLimits): Promise<Uint8Array> {
  const { maxBytes, memory, contentLength, withinMs, counted } = limits;
  if (contentLength !== undefined && Number(contentLength) > maxBytes) {
    memory.end();
    return Promise.reject(tooLarge(maxBytes));
  }
  return new Promise((resolve, reject) => {
    const blocks = createBlocks();
    const timer = withinMs === undefined ? undefined : setTimeout(() => fail(tooSlow(withinMs)), withinMs);
    const cutOff = (): void => fail(incomplete());

    function stop(): void {
      clearTimeout(timer);
      // The connection can still end with an error. The reading is over, so that error is dropped.
      body.on("error", ignore).off("data", take).off("end", ended).off("error", cutOff).off("close", cutOff);
    }

    function fail(refusal: unknown): void {
      stop();
      // The rest is not read. A body that is destroyed would take its connection, and the answer, with it.
      body.pause();
      memory.end();
      reject(refusal);
    }

    function take(piece: Buffer): void {
      counted?.(piece.length);
      try {
        if (blocks.length + piece.length > maxBytes) throw tooLarge(maxBytes);
        memory.take(piece.length);
        blocks.add(piece);
      } catch (error) {
        fail(error);
      }
    }

    function ended(): void {
      // node:http2 ends the body of a stream that was reset.
      if (body.aborted === true) {
        cutOff();
        return;
      }
      stop();
      resolve(blocks.join());
    }

    limits.evictable?.(fail);
    if (body.readableEnded) ended();
    else if (body.destroyed) cutOff();
    else body.on("end", ended).on("error", cutOff).on("close", cutOff).on("data", take);
  });
}

function ignore(): void {}

function incomplete(): Refusal {
  return new Refusal(400, "IncompleteBody", "The body ended before its announced length.");
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, "RequestEntityTooLarge", `The body must be at most ${maxBytes} bytes.`);
}

function tooSlow(ms: number): Refusal {
  const limit = `The body must arrive within ${ms / 1000} seconds: nothing before its end proves who sent it.`;
  return new Refusal(408, "RequestTimeout", limit);
}
