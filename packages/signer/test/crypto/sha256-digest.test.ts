import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createHmacSigner } from "../../src/platform/web/hmac-signer.ts";
import { digestEnding, INITIAL_STATE, update } from "../../src/crypto/sha256-digest.ts";
import { deriveKey, secretOf } from "../../src/sigv4/signing-key.ts";

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

describe("a message that lacks its end", () => {
  it("comes to the digest of the whole, for every length of its beginning and each end", () => {
    for (let length = 0; length < 200; length++) {
      const start = "a".repeat(length);
      const taken = update(INITIAL_STATE, start);
      for (const size of [0, 1, 16, 55, 56, 63, 64, 65]) {
        for (const letter of ["x", "y"]) {
          const end = letter.repeat(size);
          expect(Buffer.from(digestEnding(taken, end))).toEqual(sha256(start + end));
        }
      }
    }
  });

  it("takes a digest for its digits", () => {
    for (let length = 0; length < 70; length++) {
      const start = "a".repeat(length);
      const digest = sha256(start);
      const closed = digestEnding(update(INITIAL_STATE, start), digest);
      expect(Buffer.from(closed)).toEqual(sha256(start + digest.toString("hex")));
    }
  });
});

describe("the signature calculation in its compact form", () => {
  it("is that of node:crypto, from the digits of a hash and from its bytes", () => {
    const scope = "20261123/eu-west-1/sagemaker/aws4_request";
    const key = deriveKey("secret", scope);
    for (let length = 0; length < 130; length++) {
      const timestamp = "2".repeat(length);
      const sign = createHmacSigner(key, timestamp);
      const hash = sha256(timestamp);
      const expected = createHmac("sha256", secretOf(key))
        .update(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash.toString("hex")}`)
        .digest("hex");
      for (let i = 0; i < 2; i++) expect([sign(hash.toString("hex")), sign(hash)]).toEqual([expected, expected]);
    }
  });
});
