import { crc32 as nodeCrc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 as anywhere } from "../../src/platform/web/crc32.ts";
import { crc32 as onNode } from "../../src/platform/node/crc32.ts";

describe.each([
  ["crc32", anywhere],
  ["crc32 on Node", onNode],
])("%s", (_, crc32) => {
  test("gives the check value of the CRC catalogue for the nine digits", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("agrees with zlib on any bytes and any part of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, a, b) => {
        const start = Math.min(a, bytes.length);
        const end = Math.min(Math.max(a, b), bytes.length);
        expect(crc32(bytes.subarray(start, end))).toBe(nodeCrc32(bytes.subarray(start, end)));
      }),
    );
  });
});
