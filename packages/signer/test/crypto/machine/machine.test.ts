import { createHash, createHmac } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSigner, prepare, signRequest } from "@countersign/signer";
import { createHmacSigner } from "../../../src/platform/node/hmac-signer.ts";
import { hmacKey } from "../../../src/crypto/hmac.ts";
import { hexDigestBlocks } from "../../../src/crypto/machine/hex-digest-blocks.ts";
import { update, INITIAL_STATE } from "../../../src/crypto/sha256-digest.ts";
import { INNER, machine, OUTER, OWN, RESULT, STATE, TEXT } from "../../../src/crypto/machine/machine.ts";
import { FEW, isCalm, wasCalm } from "../../../src/crypto/machine/calm.ts";
import { digestOf, MAX_TEXT } from "../../../src/crypto/machine/text-digest.ts";
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

describe("the digest of a short text", () => {
  it("is what node:crypto says, at every length and for all characters", () => {
    const characters = ["a", "\u00e9", "\u20ac", "\ud83d\ude00", "\ud83d", "\ude00", "\0"];
    const texts = Array.from({ length: MAX_TEXT + 1 }, (_, length) => "a".repeat(length));
    expect(texts.map((text) => digestOf(fast, text))).toEqual(texts.map(sha256));
    for (const character of characters) {
      for (const length of [
        1,
        18,
        19,
        27,
        28,
        55,
        56,
        63,
        64,
        65,
        340,
        341,
        342,
        682,
        683,
        MAX_TEXT / character.length,
      ]) {
        const text = character.repeat(length);
        expect(digestOf(fast, text)).toBe(sha256(text));
      }
    }
  });

  it("leaves nothing of the text in the machine", () => {
    for (const length of [1, 55, 56, 64, MAX_TEXT]) {
      digestOf(fast, "\u20ac".repeat(length));
      expect(fast.bytes.subarray(TEXT + 32).every((byte) => byte === 0)).toBe(true);
      expect(fast.bytes.subarray(OWN + 256, OWN + 320).every((byte) => byte === 0)).toBe(true);
    }
  });

  it("is computed in the machine for the first signatures of a second only, and time that runs back changes nothing", () => {
    const second = Date.parse("2600-01-01T00:00:00Z");
    const asked = Array.from({ length: FEW + 3 }, () => isCalm(second));
    expect(asked).toEqual([...Array.from({ length: FEW }, () => true), false, false, false]);
    expect([wasCalm(), isCalm(second - 1000), isCalm(second + 1000), wasCalm()]).toEqual([false, false, true, true]);
  });

  it("is signed as OpenSSL would, for bodies and canonical requests of any length around the limit", () => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
    const clock = handClock(Date.parse("2601-01-01T00:00:00Z"));
    const signer = createSigner({ region: "eu-west-1", credentials, clock });
    for (const length of [0, 1, 300, 700, 850, 900, MAX_TEXT - 1, MAX_TEXT, MAX_TEXT + 1]) {
      clock.advance(1000);
      const body = "\u20ac".repeat(length);
      const request = { method: "POST", url: "https://h.example/", headers: { "x-amz-a": "a".repeat(length) }, body };
      const context = { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(clock.now()) };
      const expected = signRequest(request, context).signature;
      const prepared = prepare(signer, request);
      for (let call = 0; call < FEW / 2 + 2; call++) {
        expect(signer.signSync(request).signature).toBe(expected);
        expect(prepared.signSync(body)["authorization"]).toContain(expected);
      }
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
