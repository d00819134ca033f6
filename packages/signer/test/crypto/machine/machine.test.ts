import { createHash, createHmac } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHmacSigner } from "../../../src/platform/node/hmac-signer.ts";
import { hmacKey } from "../../../src/crypto/hmac.ts";
import { hexDigestBlocks } from "../../../src/crypto/machine/hex-digest-blocks.ts";
import { update, INITIAL_STATE } from "../../../src/crypto/sha256-digest.ts";
import { INNER, machine, OUTER, OWN, RESULT, STATE } from "../../../src/crypto/machine/machine.ts";
import { daySignerOf, MANY } from "../../../src/signer/day-signer.ts";
import { deriveKey } from "../../../src/sigv4/signing-key.ts";
import { stringToSign } from "../../../src/sigv4/string-to-sign.ts";
import { sha256Program } from "../../../src/crypto/machine/sha256-program.ts";
import { handClock } from "../../clock/hand-clock.ts";

const fast = machine() ?? expect.unreachable("there is WebAssembly here");
const scope = "20261123/eu-west-1/sagemaker/aws4_request";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("the machine that hashes in Node", () => {
  it("runs this program (`--update` writes it)", async () => {
    const code = Buffer.from(sha256Program).toString("base64");
    await expect(
      `/** The program of \`machine.ts\` in base64; \`sha256-program.ts\` is its source. */\n` +
        `export const code: string =\n  "${code}";\n`,
    ).toMatchFileSnapshot("../../../src/crypto/machine/sha256-code.ts");
  });

  it("signs what node:crypto would, for every length before the hash", () => {
    for (let length = 0; length < 200; length++) {
      const timestamp = "20261123T120000Z";
      // Beyond some hundred letters a whole day is not laid out.
      const scope = `20261123/${"r".repeat(length % 130)}${"r".repeat(length > 190 ? 500 : 0)}/sagemaker/aws4_request`;
      let raw: string | Buffer = "AWS4secret";
      for (const part of scope.split("/")) raw = createHmac("sha256", raw).update(part).digest();
      const key = deriveKey("secret", scope);
      const calculate = createHmacSigner(key, timestamp);
      const hash = sha256(`${length}`);
      const hashOfAll = sha256("a".repeat(length) + hash);
      const expectedAt = (time: string): string =>
        createHmac("sha256", raw)
          .update(stringToSign("AWS4-HMAC-SHA256", time, scope, hashOfAll))
          .digest("hex");
      const expected = expectedAt(timestamp);
      // The first is left to OpenSSL, many within a second are laid out for it.
      for (let i = 0; i < MANY + 3; i++) expect(calculate(hashOfAll)).toBe(expected);
      const canonical = hexDigestBlocks(update(INITIAL_STATE, "a".repeat(length)));
      const { signBlocks } = daySignerOf(key);
      expect(signBlocks(timestamp, fast, canonical, hash)).toBe(expected);
      // Signatures of two seconds in turn, as when the clock is corrected.
      for (const time of ["20261123T120001Z", timestamp, "20261123T120001Z"]) {
        expect(createHmacSigner(key, time)(hashOfAll)).toBe(expectedAt(time));
        expect(signBlocks(time, fast, canonical, hash)).toBe(expectedAt(time));
      }
    }
  });

  it("keeps no key, and nothing that one follows from", () => {
    const isEmpty = (from: number, to: number): boolean => fast.memory.subarray(from, to).every((byte) => byte === 0);
    const key = deriveKey("secret", scope);
    const timestamp = "20261123T120000Z";
    const calculate = createHmacSigner(key, timestamp);
    const schedule = OWN + 256;
    hmacKey(new Uint8Array(32).fill(1));
    expect(isEmpty(STATE, RESULT) && isEmpty(schedule, schedule + 64)).toBe(true);
    const ways = [
      ...Array.from({ length: MANY + 2 }, () => calculate),
      (hash: string) => daySignerOf(key).signBlocks(timestamp, fast, hexDigestBlocks(update(INITIAL_STATE, "")), hash),
    ];
    for (const sign of ways) {
      sign("0".repeat(64));
      expect(isEmpty(OUTER, INNER + 32) && isEmpty(schedule, schedule + 64)).toBe(true);
    }
  });
});

describe("where there is no WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("signs the same in TypeScript", async () => {
    const request = {
      method: "POST",
      url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations",
      headers: { "content-type": "application/json" },
    };
    const sign = async (): Promise<readonly unknown[]> => {
      vi.resetModules();
      const { createSigner } = await import("../../../src/signer/create-signer.ts");
      const { prepare } = await import("../../../src/platform/node/prepare.ts");
      const { machine } = await import("../../../src/crypto/machine/machine.ts");
      const signer = createSigner({
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
        clock: handClock(Date.parse("2026-11-23T12:00:00Z")),
      });
      const prepared = prepare(signer, request);
      const more = { "x-amzn-sagemaker-inference-id": "42" };
      // The first of a second goes another way.
      return [
        machine() === undefined,
        ...[1, 2].flatMap(() => [signer.signSync(request), prepared.signSync("{}"), prepared.signSync("{}", more)]),
      ];
    };
    const [isMissing, ...expected] = await sign();
    expect(isMissing).toBe(false);
    vi.stubGlobal("WebAssembly", undefined);
    expect(await sign()).toEqual([true, ...expected]);
  });
});
