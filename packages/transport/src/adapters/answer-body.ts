import { stream } from "../builtin.ts";

/** Where a body comes from. */
export interface BodySource {
  /** The reader wants more. */
  readonly resume: () => void;
  /** The reader wants no more: ends the request. Does nothing when the request is over. */
  readonly abort: () => void;
  readonly contentType: string | undefined;
  /** Of the `content-length` header. */
  readonly contentLength: number | undefined;
}

/** A body that is being collected. */
interface Collector {
  readonly chunks: Uint8Array[];
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** As many bytes wait in memory before the server has to wait. As streams of files. */
const highWaterMark = 65_536;

/** As many bytes are read and dropped to keep a connection. More, and a new connection is cheaper. */
const maxDumpedBytes = 131_072;

/**
 * The body of an answer: a stream with `text()`, `json()` and the like, as undici's.
 *
 * It is not undici's own class, because the first answers arrive before undici is loaded. A body that is collected whole
 * skips the stream's buffer.
 */
export class AnswerBody extends stream.Readable {
  readonly #source: BodySource;
  #collector: Collector | undefined;
  #received = 0;
  #ended = false;
  #web: ReadableStream<Uint8Array> | undefined;

  constructor(source: BodySource) {
    super({ highWaterMark });
    this.#source = source;
  }

  /** Takes a part of the body, or its end. Answers whether the reader wants more now. */
  override push(chunk: Uint8Array | null): boolean {
    if (chunk === null) {
      this.#ended = true;
      const collector = this.#collector;
      collector?.resolve(joined(collector.chunks));
      return super.push(null);
    }
    this.#received += chunk.length;
    if (this.#collector === undefined) return super.push(chunk);
    this.#collector.chunks.push(chunk);
    return true;
  }

  override _read(): void {
    this.#source.resume();
  }

  override _destroy(given: Error | null, callback: (error?: Error | null) => void): void {
    const error = given ?? (this.readableEnded ? null : aborted());
    if (error !== null) {
      this.#source.abort();
      this.#collector?.reject(error);
    }
    // A caller that got the answer in this turn has not had the time to listen for errors.
    if (this.readableDidRead) callback(error);
    else setImmediate(callback, error);
  }

  async text(): Promise<string> {
    const bytes = await this.#collect();
    // Without a byte order mark, as `fetch`.
    return bytes.toString("utf8", bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  bytes(): Promise<Uint8Array> {
    return this.#collect().then(plainBytes);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.arrayBuffer()], { type: this.#source.contentType ?? "" });
  }

  /** undici does not support it either. */
  async formData(): Promise<never> {
    throw new TypeError("formData: is not supported here; use fetch");
  }

  /** The body as a stream of the web. */
  get body(): ReadableStream<Uint8Array> {
    this.#web ??= webStream(this);
    // Who collects the body holds its lock.
    if (this.#collector !== undefined && !this.#web.locked) this.#web.getReader();
    return this.#web;
  }

  get bodyUsed(): boolean {
    return this.#collector !== undefined || stream.Readable.isDisturbed(this);
  }

  /** Reads and drops the body, so that the connection can be used again. */
  async dump(options?: { limit?: number; signal?: AbortSignal }): Promise<void> {
    const { limit = maxDumpedBytes, signal } = options ?? {};
    signal?.throwIfAborted();
    if (this.closed) return;
    const { contentLength = 0 } = this.#source;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => void this.destroy(signal?.reason as Error);
      const check = (): void => {
        if (this.#received > limit) this.destroy();
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.on("error", ignore).on("data", check);
      this.once("close", () => {
        signal?.removeEventListener("abort", stop);
        if (signal?.aborted === true) reject(signal.reason as Error);
        else resolve();
      });
      if (contentLength > limit || this.#received > limit) this.destroy();
      else this.resume();
    });
  }

  #collect(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.bodyUsed || this.#web?.locked === true || this.destroyed) {
        // The error of a body that failed says more, and may be on its way.
        if (this.errored !== null) reject(this.errored);
        else reject(new TypeError("body: was read already; read it once"));
        return;
      }
      const chunks: Uint8Array[] = [];
      for (let chunk: unknown; (chunk = this.read()) !== null;) chunks.push(bytesOf(chunk, this.readableEncoding));
      this.#collector = { chunks, resolve, reject };
      if (this.#ended) resolve(joined(chunks));
      this.on("error", ignore).resume();
      this.#source.resume();
    });
  }
}

function ignore(): void {}

function aborted(): Error {
  return Object.assign(new Error("the body was not read to its end"), { name: "AbortError", code: "ABORT_ERR" });
}

function bytesOf(chunk: unknown, encoding: BufferEncoding | null): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : (chunk as Uint8Array);
}

export function joined(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? (first as Buffer) : Buffer.concat(chunks);
}

/** A copy with a buffer of its own: the bytes of a chunk are a part of what was read from the socket. */
function plainBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}

function webStream(body: AnswerBody): ReadableStream<Uint8Array> {
  const parts = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done !== true) {
        controller.enqueue(new Uint8Array(value));
        return;
      }
      controller.close();
      controller.byobRequest?.respond(0);
    },
    async cancel() {
      await parts.return?.();
    },
  });
}
