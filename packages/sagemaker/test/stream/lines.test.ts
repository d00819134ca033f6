import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyLineEnd, createLineSplitter, lineFeed, maxLineLength } from "../../src/stream/lines.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const endings = { lf: lineFeed, any: anyLineEnd };
type LineEnding = keyof typeof endings;

function split(ending: LineEnding, chunks: readonly Uint8Array[]): string[] {
  const splitter = createLineSplitter(endings[ending]);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.push()];
}

test.each<[LineEnding, string, string[]]>([
  ["lf", "a\nb\r\nc", ["a", "b", "c"]],
  ["lf", "a\rb\n", ["a\rb"]],
  ["lf", "\n\n", ["", ""]],
  ["lf", "", []],
  ["any", "a\nb\r\nc\rd", ["a", "b", "c", "d"]],
  ["any", "a\r\r\nb", ["a", "", "b"]],
  ["any", "a\r", ["a"]],
  ["any", "\n\r", ["", ""]],
])("%s: cuts %j into %j, wherever the pieces are cut", (ending, text, lines) => {
  const bytes = encode(text);
  for (let at = 0; at <= bytes.length; at++) {
    expect(split(ending, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(lines);
  }
  expect(
    split(
      ending,
      [...bytes].map((byte) => Uint8Array.of(byte)),
    ),
  ).toEqual(lines);
});

test("agrees with a split of the whole text, whatever the text and the pieces", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r", "\0", "\u2028"), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.nat(200), fc.nat(200), (value, a, b) => {
      const bytes = encode(value);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const chunks = [bytes.subarray(0, low), bytes.subarray(low, high), bytes.subarray(high)];
      const whole = (end: RegExp): string[] => {
        const lines = value.split(end);
        if (lines.at(-1) === "") lines.pop();
        return lines;
      };
      expect(split("any", chunks)).toEqual(whole(/\r\n|\r|\n/));
      expect(split("lf", chunks)).toEqual(whole(/\r?\n/));
    }),
  );
});

describe("decoding", () => {
  test("drops a byte order mark at the start, and only there", () => {
    expect(split("lf", [encode("\uFEFFa\n\uFEFFb")])).toEqual(["a", "\uFEFFb"]);
  });

  test("replaces bytes that are not UTF-8", () => {
    expect(split("lf", [Uint8Array.of(97, 0xff, 10, 0xe2, 0x82)])).toEqual(["a\uFFFD", "\uFFFD"]);
  });
});

describe("limits", () => {
  test("breaks off a line without end, so that no server fills the memory", () => {
    const splitter = createLineSplitter(lineFeed);
    const piece = new Uint8Array(1024 * 1024).fill(97);
    expect(() => {
      for (let at = 0; at <= maxLineLength; at += piece.length) splitter.push(piece);
    }).toThrow(expect.objectContaining({ code: "LINE_TOO_LONG" }));
  });

  test("takes a long line in small pieces in linear time", () => {
    const splitter = createLineSplitter(anyLineEnd);
    for (let piece = 0; piece < 200_000; piece++) splitter.push(Uint8Array.of(97, 98, 99));
    expect(splitter.unfinished).toHaveLength(600_000);
    expect(splitter.push(encode("\n"))).toHaveLength(1);
    expect(splitter.unfinished).toBe("");
  });
});

describe("the limit of a line", () => {
  test.each([
    ["that ends in the chunk that begins it", (line: string) => [`${line}\n`]],
    ["whose end comes last", (line: string) => [line.slice(0, 100), line.slice(100), "\n"]],
    ["between short ones", (line: string) => [`a\n${line}\nb\n`]],
  ])("holds for one %s", (_, cut) => {
    const splitter = createLineSplitter(lineFeed);
    const long = "x".repeat(maxLineLength + 1);
    expect(() => cut(long).map((part) => splitter.push(new TextEncoder().encode(part)))).toThrow(
      expect.objectContaining({ code: "LINE_TOO_LONG" }),
    );
  });
});
