import { crc32 } from "node:zlib";
import { createSageMaker } from "@countersign/sagemaker";
import type { Door } from "../door.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

function client(answer: () => Response) {
  return createSageMaker({ region: "eu-west-1", credentials, retry: false, fetch: async () => answer() });
}

const header = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)]);

function message(headers: Readonly<Record<string, string>>, payload: string): string {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const bytes = Buffer.alloc(16 + head.length + payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  head.copy(bytes, 12);
  bytes.write(payload, 12 + head.length);
  return repaired(bytes).toString("latin1");
}

/** With the checksums that its own lengths ask for, so that mutations reach what is behind them. */
function repaired(bytes: Buffer): Buffer {
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 8)), at + 8);
    if (length < 16 || at + length > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at, at + length - 4)), at + length - 4);
    at += length;
  }
  return bytes;
}

const part = (text: string): string =>
  message(
    { ":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream" },
    text,
  );
const streamed = (bytes: Buffer) =>
  new Response(new Uint8Array(bytes), { headers: { "content-type": "application/vnd.amazon.eventstream" } });

async function readAll(input: Buffer, how: "events" | "lines" | "sse" | "json"): Promise<void> {
  const stream = client(() => streamed(input)).invokeStream("mine", "{}");
  const items: AsyncIterable<unknown> = how === "events" ? stream.events : stream[how]();
  for await (const _ of items);
}

export const sagemakerDoors: readonly Door[] = [
  {
    name: "sagemaker: an event stream",
    seeds: [part("a") + part("b\n"), part(""), part("data: x\n\n")],
    words: ["\0\0\0\x10", ":message-type", "\x07\0"],
    read: (input) => readAll(Buffer.from(input, "latin1"), "events"),
  },
  {
    name: "sagemaker: an event stream with right checksums",
    seeds: [part("a") + part("b\n"), part("{}\n"), part("a")],
    words: ["\0\0\0\x10", ":message-type", "exception", "\x07\0", "\x06\xff\xff"],
    read: (input) => readAll(repaired(Buffer.from(input, "latin1")), "events"),
  },
  {
    name: "sagemaker: server-sent events",
    seeds: ["data: {}\n\nevent: x\nid: 1\nretry: 5\ndata: y\n\n", ": comment\n\ndata: [DONE]\n\n"],
    words: ["data:", "event:", "id:", "retry:", "\r", "\n\n"],
    read: (input) =>
      readAll(
        Buffer.from(
          input
            .match(/[^]{1,200}/gu)
            ?.map((piece) => part(piece))
            .join("") ?? "",
          "latin1",
        ),
        "sse",
      ),
  },
  {
    name: "sagemaker: JSON Lines",
    seeds: ['{"a":1}\n{"b":2}\n'],
    read: (input) =>
      readAll(
        Buffer.from(
          input
            .match(/[^]{1,200}/gu)
            ?.map((piece) => part(piece))
            .join("") ?? "",
          "latin1",
        ),
        "json",
      ),
  },
  {
    name: "sagemaker: an error answer",
    seeds: [
      `{"Code":"ModelError","Message":"no","OriginalStatusCode":500,"OriginalMessage":"x","LogStreamArn":"arn:aws:logs:x"}`,
      `{"__type":"ValidationException","message":"1 validation error detected"}`,
    ],
    words: ['"__type":', "#", ":http://", "__proto__"],
    read: (input) =>
      client(
        () => new Response(input, { status: 424, headers: { "x-amzn-errortype": "ModelError:http://internal" } }),
      ).invoke("mine", "{}"),
  },
  {
    name: "sagemaker: an answer of the control plane",
    seeds: [`{"EndpointName":"mine","EndpointStatus":"InService","CreationTime":1.7e9}`],
    words: ['"CreationTime":', "1e400"],
    read: (input) => client(() => new Response(input)).call("DescribeEndpoint", { EndpointName: "mine" }),
  },
];
