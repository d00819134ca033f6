import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { crc32 } from "node:zlib";
import { type AwsCredentials, createClock, createSigner } from "@countersign/signer";

/** A client of InvokeEndpointWithBidirectionalStream that can also do what no honest client does. */
export interface Conversation {
  readonly stream: ClientHttp2Stream;
  /** Signs an event and encodes it; the next one is signed over it. */
  sign(payload: Uint8Array, options?: { readonly date?: Date; readonly headers?: readonly Buffer[] }): Buffer;
  /** The head of the answer. */
  head(): Promise<IncomingHttpHeaders & { readonly ":status"?: number }>;
  /** The messages of the answer until it ends. */
  rest(): Promise<Message[]>;
  /** The next message of the answer. */
  next(): Promise<Message | undefined>;
}

/** A message of an answer, its headers of type string only. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A header of a message: its name, its type, its value as encoded. */
export function header(name: string, type: number, ...value: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([type]), ...value]);
}

export function encode(headers: readonly Buffer[], payload: Uint8Array): Buffer {
  const bytes = Buffer.concat(headers);
  const message = Buffer.alloc(16 + bytes.length + payload.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(bytes.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(bytes, 12);
  message.set(payload, 12 + bytes.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

/** The event that carries a part of the model's input. */
export function part(text: string): Buffer {
  const value = Buffer.from("PayloadPart");
  return encode([header(":event-type", 7, Buffer.from([0, value.length]), value)], Buffer.from(text));
}

/** Opens a stream signed with `credentials`, by the rules of AWS's page and not by the code under test. */
export async function converse(
  session: ClientHttp2Session,
  origin: string,
  credentials: AwsCredentials,
  {
    endpoint = "chat",
    headers: more = {},
    now = Date.now,
    region = "us-east-1",
  }: {
    readonly endpoint?: string;
    readonly headers?: Record<string, string>;
    readonly now?: () => number;
    readonly region?: string;
  } = {},
): Promise<Conversation> {
  const path = `/endpoints/${endpoint}/invocations-bidirectional-stream`;
  const signed = await createSigner({ region, credentials, clock: { ...createClock(), now } }).sign({
    method: "POST",
    url: origin + path,
    headers: { "content-type": "application/vnd.amazon.eventstream", ...more },
    payload: "streaming-events",
  });
  let prior = signed.signature;
  const stream = session.request({ ...signed.headers, ":method": "POST", ":path": path });
  stream.on("error", () => undefined);
  const answered = once(stream, "response") as Promise<[IncomingHttpHeaders]>;
  answered.catch(() => undefined);
  const messages = readMessages(stream);
  return {
    stream,
    sign(payload, { date = new Date(now()), headers = [] } = {}) {
      const milliseconds = Buffer.alloc(8);
      milliseconds.writeBigInt64BE(BigInt(date.getTime()));
      const dated = header(":date", 8, milliseconds);
      const timestamp = date.toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
      const scope = `${timestamp.slice(0, 8)}/${region}/sagemaker/aws4_request`;
      const key = scope.split("/").reduce<string | Uint8Array>(hmac, `AWS4${credentials.secretAccessKey}`) as Buffer;
      const text = ["AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, prior, sha256(dated), sha256(payload)].join("\n");
      const signature = hmac(key, text);
      prior = signature.toString("hex");
      return encode([dated, header(":chunk-signature", 6, Buffer.from([0, 32]), signature), ...headers], payload);
    },
    head: async () => (await answered)[0],
    async rest() {
      const all: Message[] = [];
      for await (const message of messages) all.push(message);
      return all;
    },
    next: async () => (await messages.next()).value as Message | undefined,
  };
}

async function* readMessages(stream: ClientHttp2Stream): AsyncGenerator<Message> {
  let held = Buffer.alloc(0);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, piece]);
    while (held.length >= 12 && held.length >= held.readUInt32BE(0)) {
      const message = held.subarray(0, held.readUInt32BE(0));
      held = held.subarray(message.length);
      const end = 12 + message.readUInt32BE(4);
      const headers: Record<string, string> = {};
      for (let at = 12; at < end;) {
        const name = message.toString("utf8", at + 1, (at += 1 + (message[at] ?? 0)));
        const length = message.readUInt16BE(at + 1);
        headers[name] = message.toString("utf8", at + 3, (at += 3 + length));
      }
      yield { headers, payload: message.toString("utf8", end, message.length - 4) };
    }
  }
}
