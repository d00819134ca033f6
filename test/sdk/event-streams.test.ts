import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import {
  StartStreamTranscriptionCommand,
  TranscribeStreamingClient,
  type TranscribeStreamingClientConfig,
} from "@aws-sdk/client-transcribe-streaming";
import { countersigned } from "@countersign/sdk";
import { createVerifier, type SignatureChain } from "@countersign/signer/verify";
import { NodeHttp2Handler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const { EventStreamCodec } = require("@smithy/core/event-streams") as typeof import("@smithy/core/event-streams");
const { toUtf8, fromUtf8 } = require("@smithy/core/serde") as typeof import("@smithy/core/serde");

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const region = "eu-west-1";
const codec = new EventStreamCodec(toUtf8, fromUtf8);
const verify = createVerifier({ resolve: async (id) => (id === credentials.accessKeyId ? credentials : undefined) });

/** What arrived: the length of each event whose signature held, over the one before and over the request. */
const verified: number[] = [];
const refused: string[] = [];
const sessions = new Set<ServerHttp2Session>();
let server: Http2Server;
let endpoint = "";

beforeAll(async () => {
  server = createServer();
  server.on("session", (session) => void sessions.add(session));
  server.on("stream", (stream, headers) => {
    const received = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    const named = new Map(received);
    void verify({
      method: named.get(":method") ?? "",
      url: named.get(":path") ?? "",
      headers: received.filter(([name]) => !name.startsWith(":")),
    })
      .then(({ chain }) => transcribe(stream, chain))
      .catch((error: unknown) => {
        refused.push(String(error));
        stream.respond({ ":status": 403 }, { endStream: true });
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Verifies each event of the request, then answers with one. */
async function transcribe(stream: ServerHttp2Stream, chain: SignatureChain | undefined): Promise<void> {
  if (chain === undefined) throw new Error("the request announces no signed events");
  let pending = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 4 && pending.length >= pending.readUInt32BE(0)) {
      const { headers, body } = codec.decode(pending.subarray(0, pending.readUInt32BE(0)));
      pending = pending.subarray(pending.readUInt32BE(0));
      const [date, signature] = [headers[":date"]?.value, headers[":chunk-signature"]?.value];
      if (!(date instanceof Date) || !(signature instanceof Uint8Array)) throw new Error("an event is not signed");
      chain.event({ date, signature, payload: body });
      verified.push(body.length);
    }
  }
  stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
  const text = (value: string) => ({ type: "string" as const, value });
  stream.end(
    codec.encode({
      headers: {
        ":message-type": text("event"),
        ":event-type": text("TranscriptEvent"),
        ":content-type": text("application/json"),
      },
      body: fromUtf8(JSON.stringify({ Transcript: { Results: [{ ResultId: "heard" }] } })),
    }),
  );
}

async function* audio() {
  for (const length of [100, 200, 300]) yield { AudioEvent: { AudioChunk: new Uint8Array(length) } };
}

async function heard(
  options: Pick<TranscribeStreamingClientConfig, "region" | "credentials" | "signerConstructor">,
): Promise<unknown> {
  // Told that it is HTTP/1.1, the client signs `host`; over HTTP/2 it would sign `:authority`, a pseudo-header.
  const requestHandler = Object.assign(new NodeHttp2Handler(), { metadata: { handlerProtocol: "http/1.1" } });
  const client = new TranscribeStreamingClient({ ...options, endpoint, requestHandler });
  const command = new StartStreamTranscriptionCommand({
    LanguageCode: "en-US",
    MediaEncoding: "pcm",
    MediaSampleRateHertz: 16_000,
    AudioStream: audio(),
  });
  const results: unknown[] = [];
  for await (const event of (await client.send(command)).TranscriptResultStream ?? []) {
    results.push(event.TranscriptEvent?.Transcript?.Results?.[0]?.ResultId);
  }
  client.destroy();
  return results;
}

describe("a client whose events are signed one by one", () => {
  it.each([
    ["without countersigned", () => ({ region, credentials })],
    ["with it", () => countersigned({ region, credentials })],
  ])("sends a chain of signatures that verifies: %s", async (_what, options) => {
    verified.length = 0;
    const { requestHandler: _, ...signing } = { requestHandler: undefined, ...options() };
    expect(await heard(signing)).toEqual(["heard"]);
    expect(refused).toEqual([]);
    // Three events of audio, each in its frame, and the empty one that ends them.
    expect(verified.length).toBeGreaterThanOrEqual(4);
    expect(verified.at(-1)).toBe(0);
  });
});
