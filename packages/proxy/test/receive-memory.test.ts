import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createByteReader } from "../src/receive/byte-reader.ts";
import { createBufferBudget } from "../src/receive/buffer-budget.ts";
import { type Body, collect } from "../src/receive/collect.ts";
import { Refusal } from "../src/refusal.ts";
import { readError } from "../src/send/upstream-error.ts";

const COUNT = 260_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it.each<[string, (body: AsyncIterable<Buffer>) => Promise<Uint8Array>]>([
  [
    "a body read whole",
    (body) => {
      const memory = createBufferBudget(COUNT).hold({ heldBytes: 0 });
      return collect(Readable.from(body) as Readable & Body, { maxBytes: COUNT, memory, contentLength: undefined });
    },
  ],
  ["a signed chunk", (body) => createByteReader(body, () => new Refusal(400, "IncompleteBody", "")).bytes(COUNT)],
  ["an error of the service", readError],
])("%s that arrives byte by byte holds about as much memory as it has bytes", async (_, read) => {
  collectGarbage();
  const before = held();
  let after = 0;
  async function* ones(): AsyncGenerator<Buffer> {
    for (let index = 0; index < COUNT; index += 1) {
      if (index === COUNT - 1) {
        collectGarbage();
        after = held();
      }
      yield Buffer.of(index % 251);
    }
  }
  const bytes = await read(ones());
  expect(bytes).toHaveLength(COUNT);
  expect(bytes.every((byte, index) => byte === index % 251)).toBe(true);
  // A buffer per byte held 80 bytes of heap and more.
  expect(after).toBeGreaterThan(0);
  expect(after - before).toBeLessThan(COUNT * 10);
});

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it.each([1, 1000, 10_000])("a line has at most 8192 bytes, also where it arrives in pieces of %d", async (size) => {
  const lineOf = (length: number): Promise<string> => {
    const bytes = Buffer.from(`${"a".repeat(length)}\r\n`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    return createByteReader(Readable.from(pieces), () => new Refusal(400, "IncompleteBody", "")).line();
  };
  expect(await lineOf(8192)).toHaveLength(8192);
  await expect(lineOf(9000)).rejects.toThrow(Refusal);
});
