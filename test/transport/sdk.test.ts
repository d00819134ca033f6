import type { IncomingMessage, ServerResponse } from "node:http";
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { StartStreamTranscriptionCommand, TranscribeStreamingClient } from "@aws-sdk/client-transcribe-streaming";
import { type Transport, createTransport, serverTlsOptions } from "@countersign/transport";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Authority, type Identity, createAuthority } from "../../packages/transport/test/authority.ts";
import { startHttp2Server } from "../../packages/transport/test/http2-server.ts";
import { type TestServer, startServer } from "../../packages/transport/test/server.ts";
import { eventMessage } from "./event-stream.ts";

let authority: Authority;
let identity: Identity;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(() => {
  authority = createAuthority();
  identity = authority.issue();
});
afterAll(() => authority.dispose());
afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()));
});

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

const callerIdentity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn><UserId>A:s</UserId><Account>111122223333</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;

function transport(options: Parameters<typeof createTransport>[0] = {}): Transport {
  const made = createTransport({ ca: authority.root.cert, ...options });
  open.push(made);
  return made;
}

async function server(
  handler: (request: IncomingMessage, response: ServerResponse, n: number) => void,
): Promise<TestServer> {
  let n = 0;
  const made = await startServer(identity, serverTlsOptions(), (request, response) => handler(request, response, n++));
  open.push(made);
  return made;
}

const answerIdentity = (_request: unknown, response: ServerResponse): void =>
  void response.writeHead(200, { "content-type": "text/xml" }).end(callerIdentity);

function sts(endpoint: string, t: Transport, maxAttempts = 3): STSClient {
  return new STSClient({ region: "eu-west-1", endpoint, credentials, maxAttempts, requestHandler: t.requestHandler() });
}

function runtime(endpoint: string, t: Transport): SageMakerRuntimeClient {
  return new SageMakerRuntimeClient({ region: "eu-west-1", endpoint, credentials, requestHandler: t.requestHandler() });
}

it("carries a call of client-sts, signed for the host it goes to", async () => {
  const seen: IncomingMessage[] = [];
  const target = await server((request, response) => {
    seen.push(request);
    answerIdentity(request, response);
  });
  const answer = await sts(target.url, transport()).send(new GetCallerIdentityCommand({}));
  expect(answer.Account).toBe("111122223333");
  expect(seen[0]?.headers).toMatchObject({
    host: `localhost:${target.port}`,
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*SignedHeaders=[^,]*host/),
  });
});

it("carries bodies of client-sagemaker-runtime both ways", async () => {
  const { url } = await server((request, response) => {
    response.setHeader("x-amzn-invoked-production-variant", "blue");
    request.pipe(response);
  });
  const bytes = Buffer.alloc(1_000_000, 7);
  const answer = await runtime(url, transport()).send(new InvokeEndpointCommand({ EndpointName: "e", Body: bytes }));
  expect(Buffer.from(answer.Body ?? []).equals(bytes)).toBe(true);
  expect(answer.InvokedProductionVariant).toBe("blue");
});

it("hands out a response stream while it arrives", async () => {
  let proceed = (): void => {};
  const { url } = await server((request, response) => {
    const part = (text: string): Buffer =>
      eventMessage(
        { ":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream" },
        Buffer.from(text),
      );
    request.resume();
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.write(part("one"));
    proceed = () => response.end(part("two"));
  });
  const answer = await runtime(url, transport()).send(
    new InvokeEndpointWithResponseStreamCommand({ EndpointName: "e", Body: Buffer.from("in") }),
  );
  const parts: string[] = [];
  for await (const event of answer.Body ?? []) {
    parts.push(Buffer.from(event.PayloadPart?.Bytes ?? []).toString());
    proceed();
  }
  expect(parts).toEqual(["one", "two"]);
});

it("aws/aws-sdk-js-v3#1196: is retried by the SDK after a lost connection", async () => {
  const target = await server((request, response, n) => {
    if (n === 0) request.socket.destroy();
    else answerIdentity(request, response);
  });
  const answer = await sts(target.url, transport()).send(new GetCallerIdentityCommand({}));
  expect(answer.$metadata.attempts).toBe(2);
  expect(target.requests()).toBe(2);
});

it("is retried by the SDK after an answer that did not come, and fails with its code", async () => {
  const target = await server(() => {});
  const t = transport({ timeouts: { headersMs: 500 } });
  const failed = sts(target.url, t, 2).send(new GetCallerIdentityCommand({}));
  await expect(failed).rejects.toMatchObject({
    name: "TimeoutError",
    code: "HEADERS_TIMEOUT",
    $metadata: { attempts: 2 },
  });
  expect(target.requests()).toBe(2);
});

it("is not retried by the SDK when the policy refuses the server", async () => {
  const rsa = authority.issue({ key: "rsa" });
  const target = await startServer(rsa, { ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" });
  open.push(target);
  const failed = sts(target.url, transport()).send(new GetCallerIdentityCommand({}));
  await expect(failed).rejects.toMatchObject({
    name: "TransportError",
    code: "TLS_CIPHER_REFUSED",
    $metadata: { attempts: 1 },
  });
  expect([target.connections(), target.requests()]).toEqual([1, 0]);
});

it("ends with AbortError when the caller aborts", async () => {
  const { url } = await server(() => {});
  const controller = new AbortController();
  const failed = sts(url, transport()).send(new GetCallerIdentityCommand({}), { abortSignal: controller.signal });
  setImmediate(() => controller.abort());
  await expect(failed).rejects.toMatchObject({ name: "AbortError" });
});

it("ends in time when a call brings its own limit", async () => {
  const { url } = await server(() => {});
  const failed = sts(url, transport(), 1).send(new GetCallerIdentityCommand({}), { requestTimeout: 50 });
  await expect(failed).rejects.toMatchObject({ name: "TimeoutError", code: "HEADERS_TIMEOUT" });
});

it("aws/aws-sdk-js-v3#7913: outlives the clients that share it, and connects once for all of them", async () => {
  const target = await server(answerIdentity);
  const t = transport();
  for (let n = 0; n < 10; n++) {
    const client = sts(target.url, t);
    await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
  }
  expect(target.connections()).toBe(1);
  expect(t.stats()).toMatchObject({ open: 1, idle: 1, handshakes: 1 });
});

it("carries an event stream in both directions over HTTP/2", async () => {
  const target = await startHttp2Server(identity, serverTlsOptions(), (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
    const transcript = { Transcript: { Results: [{ ResultId: "r", IsPartial: false }] } };
    stream.once("data", () =>
      stream.write(
        eventMessage(
          { ":message-type": "event", ":event-type": "TranscriptEvent", ":content-type": "application/json" },
          Buffer.from(JSON.stringify(transcript)),
        ),
      ),
    );
    stream.on("end", () => stream.end());
  });
  open.push(target);
  const client = new TranscribeStreamingClient({
    region: "eu-west-1",
    endpoint: target.url,
    credentials,
    requestHandler: transport().requestHandler(),
  });
  const answer = await client.send(
    new StartStreamTranscriptionCommand({
      LanguageCode: "en-US",
      MediaSampleRateHertz: 16_000,
      MediaEncoding: "pcm",
      AudioStream: (async function* () {
        yield { AudioEvent: { AudioChunk: Buffer.alloc(320) } };
      })(),
    }),
  );
  const results: (string | undefined)[] = [];
  for await (const event of answer.TranscriptResultStream ?? []) {
    results.push(event.TranscriptEvent?.Transcript?.Results?.[0]?.ResultId);
  }
  expect(results).toEqual(["r"]);
});
