import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SignatureV4 } from "@smithy/signature-v4";
import { createSigner } from "@countersign/signer";
import { signEvents } from "@countersign/signer/events";
import { handClock } from "../clock/hand-clock.ts";

const start = Date.parse("2026-11-23T23:59:58Z");
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com:8443/endpoints/mine/invocations-bidirectional-stream";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

class NodeSha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }
  update(data: unknown): void {
    this.#hash.update(data as Uint8Array);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

describe("signEvents", () => {
  const make = () => {
    const clock = handClock(start);
    const signer = createSigner({ region: "eu-west-1", credentials, clock });
    return { clock, signer, seed: signer.signSync({ method: "POST", url, payload: "streaming-events" }) };
  };

  it("agrees with AWS SDK v3 event by event, over midnight", async () => {
    const { clock, signer, seed } = make();
    const events = signEvents(signer, seed);
    const smithy = new SignatureV4({ credentials, region: "eu-west-1", service: "sagemaker", sha256: NodeSha256 });
    let priorSignature = seed.headers["authorization"]?.split("Signature=")[1] ?? "";
    for (const payload of [bytes("one"), bytes("two"), bytes(""), new Uint8Array(5000)]) {
      const event = events.sign(payload);
      const dated = event.headers.subarray(0, 15);
      const expected = await smithy.sign({ headers: dated, payload }, { priorSignature, signingDate: event.date });
      expect(hex(event.signature)).toBe(expected);
      expect(event.date.getTime()).toBe(clock.now());
      priorSignature = expected;
      clock.advance(1000);
    }
  });

  it("encodes both headers of the message", () => {
    const { signer, seed } = make();
    const { headers, signature } = signEvents(signer, seed).sign(bytes("one"));
    const date = `05${hex(bytes(":date"))}08${start.toString(16).padStart(16, "0")}`;
    const chunk = `10${hex(bytes(":chunk-signature"))}060020${hex(signature)}`;
    expect(hex(headers)).toBe(date + chunk);
  });

  it("ends with an empty event and signs nothing after it", () => {
    const { signer, seed } = make();
    const events = signEvents(signer, seed);
    const other = signEvents(signer, seed);
    expect(hex(events.end().signature)).toBe(hex(other.sign(new Uint8Array()).signature));
    const refusal = expect.objectContaining({ code: "EVENT_STREAM_CLOSED" });
    expect(() => events.sign(bytes("late"))).toThrow(refusal);
    expect(() => events.end()).toThrow(refusal);
  });

  it("keeps the credentials of the request while the signer moves on (smithy-typescript#1953)", () => {
    let held = { ...credentials, expiration: new Date(start + 3000) };
    const clock = handClock(start);
    const provider = Object.assign(async () => held, { memoized: true, peek: () => held });
    const signer = createSigner({ region: "eu-west-1", credentials: provider, clock });
    const seed = signer.signSync({ method: "POST", url, payload: "streaming-events" });
    const events = signEvents(signer, seed);
    const { signer: fixed, clock: fixedClock } = make();
    const expected = signEvents(fixed, seed);
    held = { accessKeyId: "AKIDOTHER", secretAccessKey: "other", expiration: new Date(start + 1e9) };
    clock.advance(10_000);
    fixedClock.advance(10_000);
    expect(hex(events.sign(bytes("x")).signature)).toBe(hex(expected.sign(bytes("x")).signature));
    expect(() => signEvents(signer, seed)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it.each(["", "x", "A".repeat(64), undefined, {}])("refuses %j as a seed", (seed) => {
    expect(() => signEvents(make().signer, seed as string)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it("refuses payloads that are not bytes", () => {
    const { signer, seed } = make();
    expect(() => signEvents(signer, seed).sign("text" as never)).toThrow(
      expect.objectContaining({ code: "INVALID_BODY" }),
    );
  });
});
