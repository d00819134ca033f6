/** Bytes that arrive in pieces, held in few blocks. */
export interface Blocks {
  /** Bytes held. */
  readonly length: number;
  /** Adds the piece, or a copy of it. */
  add(piece: Uint8Array): void;
  /** All bytes in one buffer. */
  join(): Buffer;
}

const NOTHING: Buffer = Buffer.alloc(0);
const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 65_536;

/**
 * Collects pieces in blocks that grow with what has arrived. A `Buffer` of its own costs 300 bytes and more, and keeps
 * alive the memory that it was cut from: a sender of pieces of one byte could fill the memory with few bytes.
 *
 * Blocks are at most 64 KiB, and the memory held is at most twice the bytes held, and a kibibyte.
 */
export function createBlocks(): Blocks {
  const full: Buffer[] = [];
  let block = NOTHING;
  let filled = 0;
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      // A body mostly comes in one piece: the bytes of a piece that keeps little else alive need no copy.
      if (length === 0 && Buffer.isBuffer(piece) && piece.buffer.byteLength <= 2 * piece.length + MIN_BLOCK_BYTES) {
        block = piece;
        filled = length = piece.length;
        return;
      }
      for (let from = 0; from < piece.length;) {
        if (filled === block.length) {
          if (filled > 0) full.push(block);
          // `allocUnsafeSlow` cuts nothing from a pool that other buffers share.
          block = Buffer.allocUnsafeSlow(Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, length)));
          filled = 0;
        }
        const count = Math.min(piece.length - from, block.length - filled);
        block.set(piece.subarray(from, from + count), filled);
        from += count;
        filled += count;
        length += count;
      }
    },
    join() {
      return full.length === 0
        ? block.subarray(0, filled)
        : Buffer.concat([...full, block.subarray(0, filled)], length);
    },
  };
}
