import { describe, expect, it, vi } from "vitest";
import * as native from "../../src/platform/node/sha256.ts";
import type { Hash } from "../../src/platform/web/sha256.ts";
import * as wasm from "../../src/platform/node/block-function.ts";
import { INITIAL_STATE, digest } from "../../src/crypto/sha256-digest.ts";
import { nistCases } from "../vectors/official.ts";

// Node resolves the block function to WebAssembly; the compact one is put in its place.
const compact = await import("../../src/crypto/sha256-block.ts");
const blocks = vi.fn<typeof compact.compress>(compact.compress);
vi.doMock("#platform/block-function", () => ({ ...compact, compress: blocks }));
vi.resetModules();
const portable = await import("../../src/platform/web/sha256.ts");
vi.doUnmock("#platform/block-function");

const nist = nistCases();

const implementations = [
  { name: "the portable seam", hash: (data: Uint8Array) => portable.sha256Hex(data) },
  { name: "Node's seam", hash: (data: Uint8Array) => native.sha256Hex(data) },
  { name: "the block function in WebAssembly", hash: (data: Uint8Array) => native.toHex(digest(data)) },
];

describe("the block functions", () => {
  it("are two, and the portable seam has the compact one", () => {
    portable.sha256Hex("");
    expect(blocks).toHaveBeenCalledOnce();
    expect(compact.INITIAL_HASH).toEqual(wasm.INITIAL_HASH);
    const words = new Int32Array(64).map((_, i) => Math.imul(i + 1, 0x9e3779b9));
    const [one, other] = [compact.INITIAL_HASH.slice(), compact.INITIAL_HASH.slice()];
    wasm.compress(other, words.slice());
    compact.compress(one, words);
    expect(one).toEqual(other);
  });
});

describe.each(implementations)("$name", ({ hash }) => {
  it("hashes the examples of FIPS 180-2, appendix B", () => {
    const million = new Uint8Array(1_000_000).fill(0x61);
    const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(hash(utf8("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hash(utf8("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
    expect(hash(million)).toBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  });

  it.each([
    ["SHA256ShortMsg", 65],
    ["SHA256LongMsg", 64],
  ])("agrees with NIST CAVP %s", (set, count) => {
    const cases = nist.filter((one) => one.set === set);
    expect(cases).toHaveLength(count);
    for (const { message = "", digest: expected } of cases) {
      expect(hash(Buffer.from(message, "base64"))).toBe(expected);
    }
  });

  it("agrees with NIST CAVP SHA256Monte", () => {
    const { seed: first = "", digests = [] } = nist.find((one) => one.set === "SHA256Monte") ?? {};
    let seed = Buffer.from(first, "hex");
    expect(digests).toHaveLength(100);
    for (const digestOfRound of digests) {
      let last = [seed, seed, seed];
      for (let i = 0; i < 1000; i++) last = [...last.slice(1), Buffer.from(hash(Buffer.concat(last)), "hex")];
      seed = last[2] ?? seed;
      expect(seed.toString("hex")).toBe(digestOfRound);
    }
  });
});

describe("the portable seam", () => {
  it("takes strings as UTF-8, with lone surrogates replaced as on the wire", () => {
    for (const text of ["", "é", "𝄞", "\ud800", "a".repeat(70)]) {
      expect(portable.sha256Hex(text)).toBe(portable.sha256Hex(new TextEncoder().encode(text)));
      expect(portable.sha256Hex(text)).toBe(native.sha256Hex(text));
    }
  });

  it("hashes text of every length around a block, and around the room that encoding has", () => {
    const lengths = [...Array.from({ length: 140 }, (_, i) => i), 2720, 2730, 2731, 8191, 8192, 8193, 9000];
    for (const length of lengths) {
      for (const character of ["a", "é", "€"]) {
        const text = character.repeat(length);
        expect(portable.sha256Hex(text)).toBe(native.sha256Hex(text));
        expect(portable.sha256Hex(Buffer.from(text))).toBe(native.sha256Hex(text));
      }
    }
  });

  it("hands large bodies to WebCrypto and gets the same", async () => {
    for (const size of [32_767, 32_768, 100_000]) {
      const bytes = new Uint8Array(size).map((_, i) => i);
      const later = portable.sha256Later(bytes);
      expect(later instanceof Promise).toBe(size >= 32_768);
      const hex = (hash: Hash): string => Buffer.from(hash).toString("hex");
      expect(hex(await later)).toBe(native.sha256Hex(bytes));
      expect(hex(await portable.sha256Later("é".repeat(size)))).toBe(native.sha256Hex("é".repeat(size)));
    }
  });

  it("counts bits beyond 32 bits of length", () => {
    const long = digest(new Uint8Array(1), { ...INITIAL_STATE, length: 2 ** 29 });
    expect(long).not.toEqual(digest(new Uint8Array(1)));
  });
});
