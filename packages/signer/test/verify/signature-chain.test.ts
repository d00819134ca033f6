import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import { signEvents } from "../../src/streams/sign-events.ts";
import { createVerifier, type SignatureChain } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";

const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken: "token" };
const url = "https://runtime.sagemaker.us-west-2.amazonaws.com:8443/endpoints/e/invocations-bidirectional-stream";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function open(start = Date.UTC(2026, 4, 21, 12)) {
  const clock = handClock(start);
  const signer = createSigner({ region: "us-west-2", credentials, clock });
  const verify = createVerifier({ clock, resolve: async () => credentials });
  const request = await signer.sign({ method: "POST", url, payload: "streaming-events" });
  const { chain, payload, signature, body } = await verify(request);
  if (chain === undefined) throw new Error("an event stream has a chain");
  return { clock, events: signEvents(signer, request), chain, payload, signature, body };
}

function send(chain: SignatureChain, events: ReturnType<typeof signEvents>, text: string): void {
  const payload = bytes(text);
  chain.event({ payload, ...events.sign(payload) });
}

describe("the chain of an event stream", () => {
  it("accepts events in order, up to the empty one that ends it", async () => {
    const { chain, events, payload, body } = await open();
    expect(payload).toBe("streaming-events");
    expect(body).toBeUndefined();
    for (const text of ["one", "two", "three"]) send(chain, events, text);
    chain.event({ payload: new Uint8Array(), ...events.end() });
  });

  it("accepts a stream that outlives its day (smithy-lang/smithy-typescript#1953)", async () => {
    const { chain, events, clock } = await open(Date.UTC(2026, 4, 21, 23, 59, 30));
    send(chain, events, "before midnight");
    clock.advance(60_000);
    expect(() => send(chain, events, "after midnight")).not.toThrow();
  });

  it.each([
    ["a payload", { payload: bytes("forged") }],
    ["a date", { date: new Date(Date.UTC(2026, 4, 21, 12, 0, 1)) }],
    ["a date within the second", { date: new Date(Date.UTC(2026, 4, 21, 12) + 1) }],
    ["a signature", { signature: new Uint8Array(32) }],
    ["half a signature", { signature: new Uint8Array(16) }],
  ])("refuses %s that was changed, and everything after it", async (_, change) => {
    const { chain, events } = await open();
    send(chain, events, "one");
    const payload = bytes("two");
    const event = { payload, ...events.sign(payload) };
    const refused = { name: "VerifyError", code: "SignatureDoesNotMatch" };
    expect(() => chain.event({ ...event, ...change })).toThrow(expect.objectContaining(refused) as Error);
    expect(() => chain.event(event)).toThrow(expect.objectContaining(refused) as Error);
  });

  it("refuses events left out, repeated or in another order", async () => {
    for (const order of [[1], [0, 0], [1, 0], [0, 2]]) {
      const { chain, events } = await open();
      const all = ["one", "two", "three"].map((text) => ({ payload: bytes(text), ...events.sign(bytes(text)) }));
      expect(() => {
        for (const index of order) for (const event of all.slice(index, index + 1)) chain.event(event);
      }).toThrow(/signature of a payload is wrong/);
    }
  });

  it("accepts what is signed with nothing but node:crypto", async () => {
    const { chain, signature } = await open();
    const date = new Date(Date.UTC(2026, 4, 21, 12, 0, 5));
    const header = Buffer.concat([Buffer.from("\x05:date\x08"), Buffer.alloc(8)]);
    header.writeBigInt64BE(BigInt(date.getTime()), 7);
    const scope = "20260521/us-west-2/sagemaker/aws4_request";
    const hash = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
    const key = scope
      .split("/")
      .reduce<string | Uint8Array>(
        (last, part) => createHmac("sha256", last).update(part).digest(),
        `AWS4${credentials.secretAccessKey}`,
      );
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", "20260521T120005Z", scope, signature, hash(header), hash(bytes("x"))];
    const signed = createHmac("sha256", key).update(text.join("\n")).digest();
    expect(() => chain.event({ date, payload: bytes("x"), signature: signed })).not.toThrow();
  });
});
