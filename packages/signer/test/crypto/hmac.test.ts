import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toHex } from "#platform/sha256";
import { hmac, hmacKey } from "../../src/crypto/hmac.ts";
import { hasOfficialVectors, readVector } from "../vectors/official.ts";

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const compute = (key: Uint8Array, message: Uint8Array): string => toHex(hmac(hmacKey(key), message));

interface Wycheproof {
  readonly testGroups: readonly {
    readonly tagSize: number;
    readonly tests: readonly { tcId: number; key: string; msg: string; tag: string; result: "valid" | "invalid" }[];
  }[];
}

describe("HMAC-SHA-256", () => {
  it("agrees with Node for every length of key and message around a block", () => {
    for (let length = 0; length < 140; length++) {
      const key = randomBytes(length);
      const message = randomBytes(139 - length);
      expect(compute(key, message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
    }
  });

  it.runIf(hasOfficialVectors)("agrees with RFC 4231", () => {
    const text = readVector("rfc4231/rfc-4231-sha256.txt");
    const cases = [...text.matchAll(/Key = (\w+)\s(?:#.*\s)*Msg = (\w+)\s(?:#.*\s)*MD = (\w+)/g)];
    expect(cases).toHaveLength(6);
    for (const [, key = "", message = "", expected] of cases) expect(compute(hex(key), hex(message))).toBe(expected);
  });

  it.runIf(hasOfficialVectors)("agrees with Wycheproof", () => {
    const { testGroups } = JSON.parse(readVector("wycheproof/hmac_sha256_test.json")) as Wycheproof;
    let checked = 0;
    for (const { tagSize, tests } of testGroups) {
      for (const { tcId, key, msg, tag, result } of tests) {
        const matches = compute(hex(key), hex(msg)).slice(0, tagSize / 4) === tag;
        expect(matches, `tcId ${tcId}`).toBe(result === "valid");
        checked++;
      }
    }
    expect(checked).toBe(174);
  });
});
