import { describe, expect, it } from "vitest";
import { decodeEvents, encodeEvent, type EventMessage } from "../../src/wire/event-stream.ts";

async function decode(bytes: Uint8Array, cut = bytes.length): Promise<EventMessage[]> {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  };
  const found = [];
  for await (const message of decodeEvents(source())) found.push(message);
  return found;
}

const message = {
  headers: {
    ":event-type": "PayloadPart",
    bytes: Buffer.from([1, 2]),
    at: new Date(1_700_000_000_123),
    yes: true,
    no: false,
  },
  payload: Buffer.from("grüße"),
};

describe("event stream messages", () => {
  it("are framed as the specification draws them", () => {
    // https://smithy.io/2.0/aws/amazon-eventstream.html: lengths 16 and 0, two checksums, nothing else.
    expect(encodeEvent({ headers: {}, payload: new Uint8Array() }).toString("hex")).toBe(
      "000000100000000005c248eb7d98c8ff",
    );
  });

  it("come back as they went, however they are cut", async () => {
    const bytes = Buffer.concat([encodeEvent(message), encodeEvent({ headers: {}, payload: new Uint8Array() })]);
    for (const cut of [1, 7, bytes.length]) {
      expect(await decode(bytes, cut)).toEqual([message, { headers: {}, payload: Buffer.alloc(0) }]);
    }
  });

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ["a changed length", (bytes) => bytes.fill(1, 3, 4)],
    ["a changed payload", (bytes) => bytes.fill(1, bytes.length - 6, bytes.length - 5)],
    ["a missing end", (bytes) => bytes.subarray(0, -1)],
  ])("are refused with %s", async (_, spoil) => {
    await expect(decode(spoil(encodeEvent(message)))).rejects.toThrow(RangeError);
  });
});
