import type { Socket } from "node:net";

const ends = Buffer.from("\r\n\r\n");

/**
 * Reads what a proxy answers, up to a known end. It waits for no more than it needs, and leaves the socket paused, so
 * that TLS can take the socket over.
 */
export class ByteReader {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#take).on("error", this.#fail).on("close", this.#closed);
  }

  readonly #take = (data: Buffer): void => {
    this.#received = Buffer.concat([this.#received, data]);
    this.#wake?.();
  };

  readonly #fail = (error: Error): void => {
    this.#failure ??= error;
    this.#wake?.();
  };

  readonly #closed = (): void => {
    this.#fail(Object.assign(new Error("the proxy closed the connection"), { code: "ECONNRESET" }));
  };

  /** Exactly this many bytes. */
  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#received.length >= count);
    return this.#cut(count);
  }

  /** The head of an HTTP message with the empty line that ends it; `undefined` if it is longer than the limit. */
  async head(limit: number): Promise<string | undefined> {
    let end = -1;
    let searched = 0;
    await this.#until(() => {
      end = this.#received.indexOf(ends, Math.max(0, searched - ends.length));
      searched = this.#received.length;
      return end >= 0 || searched > limit;
    });
    return end < 0 || end > limit ? undefined : this.#cut(end + ends.length).toString("latin1");
  }

  /** Stops reading. Returns how many bytes arrived after the last one that was asked for. */
  release(): number {
    this.#socket.pause().off("data", this.#take).off("error", this.#fail).off("close", this.#closed);
    return this.#received.length;
  }

  #cut(count: number): Buffer {
    const cut = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return cut;
  }

  async #until(complete: () => boolean): Promise<void> {
    while (!complete()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
