import { Refusal } from "../refusal.ts";
import { createBlocks } from "./blocks.ts";

/** Reads a body piece by piece, by lines and by lengths. */
export interface ByteReader {
  /** The next line, without its CRLF. */
  line(): Promise<string>;
  /** The next `length` bytes. */
  bytes(length: number): Promise<Buffer>;
  /** The next `length` bytes, as they come. */
  pieces(length: number): AsyncGenerator<Buffer, void, undefined>;
  /** Whether the body has ended. Waits for the next byte. */
  hasEnded(): Promise<boolean>;
}

const MAX_LINE_BYTES = 8192;

/**
 * Makes a reader of one body.
 *
 * @param incomplete what is thrown where the body ends too early, or a line is longer than 8192 bytes.
 */
export function createByteReader(body: AsyncIterable<Buffer>, incomplete: () => Refusal): ByteReader {
  const source = body[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);

  async function more(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await next();
      if (done === true) return undefined;
      if (value.length > 0) return value;
    }
  }

  async function next(): Promise<IteratorResult<Buffer>> {
    try {
      return await source.next();
    } catch (error) {
      // The client broke off. The error of its socket adds nothing to the refusal.
      throw error instanceof Refusal ? error : incomplete();
    }
  }

  return {
    async line() {
      for (;;) {
        const end = pending.indexOf("\r\n");
        // Without its end, a line can have the CR already.
        if (end > MAX_LINE_BYTES || (end < 0 && pending.length > MAX_LINE_BYTES + 1)) throw incomplete();
        if (end >= 0) {
          const line = pending.toString("latin1", 0, end);
          pending = pending.subarray(end + 2);
          return line;
        }
        const piece = await more();
        if (piece === undefined) throw incomplete();
        pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
      }
    },
    async bytes(length) {
      if (pending.length >= length) {
        const found = pending.subarray(0, length);
        pending = pending.subarray(length);
        return found;
      }
      const blocks = createBlocks();
      blocks.add(pending);
      while (blocks.length < length) {
        const piece = await more();
        if (piece === undefined) throw incomplete();
        const missing = Math.min(length - blocks.length, piece.length);
        blocks.add(piece.subarray(0, missing));
        pending = piece.subarray(missing);
      }
      return blocks.join();
    },
    async *pieces(length) {
      for (let missing = length; missing > 0;) {
        const piece = pending.length > 0 ? pending : await more();
        if (piece === undefined) throw incomplete();
        const part = piece.subarray(0, missing);
        pending = piece.subarray(part.length);
        missing -= part.length;
        yield part;
      }
    },
    async hasEnded() {
      if (pending.length > 0) return false;
      pending = (await more()) ?? pending;
      return pending.length === 0;
    },
  };
}
