import { Readable } from "node:stream";
import type { Incoming } from "../message.ts";

/** Sees a body that passes through. What it throws ends the stream. */
export interface Watch {
  /** Sees a piece. @returns what is passed on now. */
  readonly piece: (piece: Buffer) => Buffer | undefined;
  /** Sees the end. @returns what is passed on last. */
  readonly end: () => Buffer | undefined;
}

/** As much waits in memory before the client has to wait: the length of Node's reads. */
const HIGH_WATER_BYTES = 65_536;

/**
 * A body as a stream whose pieces a watch has seen.
 *
 * Not a `Transform`, whose writable side costs as much again as this, and not a generator, which waits for each piece.
 * The request is never destroyed here: it would take its connection, and the answer, with it.
 */
export class PassingBody extends Readable {
  readonly #incoming: Incoming;
  readonly #watch: Watch;
  readonly #counted: (bytes: number) => void;

  /** @param counted receives the length of each piece. */
  constructor(incoming: Incoming, watch: Watch, counted: (bytes: number) => void) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.#incoming = incoming;
    this.#watch = watch;
    this.#counted = counted;
    // It can fail before the transport listens to it.
    this.on("error", ignore);
    if (incoming.readableEnded) this.#ended();
    else if (incoming.destroyed) this.#cutOff();
    else incoming.on("end", this.#ended).on("error", this.#cutOff).on("close", this.#cutOff).on("data", this.#take);
  }

  override _read(): void {
    this.#incoming.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // The connection can still end with an error. The reading is over, so that error is dropped.
    this.#incoming.on("error", ignore).off("data", this.#take).off("end", this.#ended);
    this.#incoming.off("error", this.#cutOff).off("close", this.#cutOff);
    if (!this.#incoming.readableEnded) this.#incoming.pause();
    callback(error);
  }

  readonly #take = (piece: Buffer): void => {
    this.#counted(piece.length);
    const passed = this.#attempt(() => this.#watch.piece(piece));
    if (passed !== undefined && !this.push(passed)) this.#incoming.pause();
  };

  readonly #ended = (): void => {
    // node:http2 ends the body of a stream that was reset.
    if (this.#incoming.aborted) {
      this.#cutOff();
      return;
    }
    const last = this.#attempt(() => this.#watch.end());
    if (last !== undefined) this.push(last);
    if (!this.destroyed) this.push(null);
  };

  readonly #cutOff = (): void => {
    if (!this.#incoming.readableEnded || this.#incoming.aborted) this.destroy(new Error("the client broke off"));
  };

  #attempt(step: () => Buffer | undefined): Buffer | undefined {
    try {
      return step();
    } catch (error) {
      this.destroy(error as Error);
      return undefined;
    }
  }
}

function ignore(): void {}
