import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toHex } from "#platform/sha256";
import { hmac, hmacKey } from "../../src/crypto/hmac.ts";
import { rfc4231Cases, wycheproofCases } from "../vectors/official.ts";

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const compute = (key: Uint8Array, message: Uint8Array): string => toHex(hmac(hmacKey(key), message));

describe("HMAC-SHA-256", () => {
  it("agrees with Node for every length of key and message around a block", () => {
    for (let length = 0; length < 140; length++) {
      const key = randomBytes(length);
      const message = randomBytes(139 - length);
      expect(compute(key, message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
    }
  });

  it("agrees with RFC 4231", () => {
    const cases = rfc4231Cases();
    expect(cases).toHaveLength(6);
    for (const { key, message, mac } of cases) expect(compute(hex(key), hex(message))).toBe(mac);
  });

  it("agrees with Wycheproof", () => {
    const cases = wycheproofCases();
    expect(cases).toHaveLength(174);
    for (const { id, key, message, tag, tagBits, valid } of cases) {
      expect(compute(hex(key), hex(message)).slice(0, tagBits / 4) === tag, `tcId ${id}`).toBe(valid);
    }
  });
});
