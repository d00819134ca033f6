import { describe, expect, it } from "vitest";
import { createBlocks } from "../src/receive/blocks.ts";

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));

/** As a socket hands pieces over: each is a part of what was read at once. */
const partOf = (from: number, to: number): Buffer => bytes.subarray(from, to);
/** As Node's parser hands pieces over: each has memory of its own. */
const own = (from: number, to: number): Buffer => {
  const piece = Buffer.allocUnsafeSlow(to - from);
  bytes.copy(piece, 0, from, to);
  return piece;
};

describe("blocks", () => {
  it.each([
    ["one piece", [200_000]],
    ["a first piece and many small ones", [1000, ...Array.from({ length: 199 }, () => 1000)]],
    ["one byte, and the rest", [1, 199_999]],
    ["no piece", []],
    ["an empty piece first", [0, 200_000]],
  ])("join to the bytes that came in %s, and change none of the pieces", (_, lengths) => {
    for (const cut of [partOf, own]) {
      const blocks = createBlocks();
      let at = 0;
      const pieces = lengths.map((length) => cut(at, (at += length)));
      const before = pieces.map((piece) => Buffer.from(piece));
      for (const piece of pieces) blocks.add(piece);
      expect(blocks.length).toBe(at);
      expect(blocks.join().equals(bytes.subarray(0, at))).toBe(true);
      expect(pieces.every((piece, index) => piece.equals(before[index] ?? Buffer.of()))).toBe(true);
    }
  });

  it("hold a first piece as it is only if it keeps little else alive", () => {
    const held = (piece: Buffer): boolean => {
      const blocks = createBlocks();
      blocks.add(piece);
      return blocks.join().buffer === piece.buffer;
    };
    expect(held(own(0, 5000))).toBe(true);
    expect(held(partOf(0, 150_000))).toBe(true);
    expect(held(partOf(0, 5000))).toBe(false);
    expect(held(partOf(0, 1))).toBe(false);
  });
});
