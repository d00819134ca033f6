import { chunkedBody } from "../../../packages/proxy/src/receive/chunked-body.ts";
import { readHead } from "../../../packages/proxy/src/receive/received.ts";
import { Refusal } from "../../../packages/proxy/src/refusal.ts";
import { serviceCall } from "../../../packages/proxy/src/judge/service-call.ts";
import { actionsOf } from "../../../packages/proxy/src/judge/call.ts";
import { verifiedEvents } from "../../../packages/proxy/src/events/verified-events.ts";
import { encodeFrame } from "../../../packages/proxy/src/events/event-frame.ts";
import { checkReadable, ownFault, redacted } from "../../../packages/proxy/src/send/upstream-error.ts";
import { targetOf } from "../../../packages/proxy/src/forward/target.ts";
import { type Door, SECRET } from "../door.ts";

const refuses = (error: unknown): boolean => error instanceof Refusal;

/** The same bytes in two pieces. */
async function* pieces(input: string): AsyncGenerator<Buffer, void, undefined> {
  const bytes = Buffer.from(input, "latin1");
  yield bytes.subarray(0, bytes.length >> 1);
  yield bytes.subarray(bytes.length >> 1);
}

async function drained(body: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const piece of body) bytes += piece.length;
  return bytes;
}

const SIGNED_HEADERS = Buffer.concat([
  Buffer.from("\x05:date\x08\0\0\0\0\0\0\0\0", "latin1"),
  Buffer.from("\x10:chunk-signature\x06\x00\x20", "latin1"),
  Buffer.alloc(32, 7),
]);
const chain = { chunk: () => undefined, trailer: () => undefined, event: () => undefined } as never;
const memory = { take: () => undefined, end: () => undefined };

export const proxyDoors: readonly Door[] = [
  {
    name: "proxy: the head of a request",
    seeds: [
      "sagemaker\nPOST /endpoints/churn/invocations\nhost: a\nx-amzn-sagemaker-inference-component: b\n\n{}",
      "sagemaker\nPOST /\nhost: a\nx-amz-target: SageMaker.ListModels\ncontent-type: application/x-amz-json-1.1\n\n{}",
      `sts\nPOST /\nhost: a\ncontent-type: application/x-www-form-urlencoded\nx-amz-security-token: ${SECRET}\n\nAction=GetCallerIdentity`,
      "s3\nPUT /bucket/a%20key?partNumber=1&uploadId=b\nhost: a\nx-amz-acl: private\n\nx",
    ],
    words: ["Action=AssumeRole", "%2e%2e/", "//", "?acl", "transfer-encoding: chunked\n", "x-amz-copy-source: ", "%FF"],
    refuses,
    read(input) {
      const [service = "", line = "", ...lines] = (input.split("\n\n", 1)[0] ?? "").split("\n");
      const [method = "", url = ""] = line.split(" ", 2);
      const rawHeaders = lines.flatMap((header) => header.split(/: ?(.*)/su).slice(0, 2));
      const head = readHead({ method, url, rawHeaders });
      const body = Buffer.from(input.slice(input.indexOf("\n\n") + 2));
      const actions = actionsOf(serviceCall(service, head), body);
      // Whatever is let through has a name that an allowance can be compared with.
      if (actions.length === 0 || !actions.every((action) => /^[a-z0-9]+:\w{1,128}$/u.test(action)))
        throw new Error("no action");
    },
  },
  {
    name: "proxy: a body in chunks",
    seeds: [
      `2;chunk-signature=${"a".repeat(64)}\r\n{}\r\n0;chunk-signature=${"b".repeat(64)}\r\nx-amz-checksum-crc32: AAAAAA==\r\nx-amz-trailer-signature: c\r\n\r\n`,
    ],
    words: ["0\r\n\r\n", "FFFFFFFF", "-1", ";chunk-signature=", "x-amz-trailer-signature:", "\n"],
    refuses,
    async read(input) {
      const form = { chain, trailerNames: ["x-amz-checksum-crc32"], decodedLength: 2, memory };
      const bytes = await drained(chunkedBody(pieces(input), form, new Map()));
      if (bytes !== 2) throw new Error(`${bytes} bytes of 2`);
    },
  },
  {
    name: "proxy: signed events",
    seeds: [
      Buffer.concat([
        encodeFrame(SIGNED_HEADERS, Buffer.from("one")),
        encodeFrame(SIGNED_HEADERS, Buffer.alloc(0)),
      ]).toString("latin1"),
    ],
    words: ["\x05:date\x08", "\x10:chunk-signature\x06\x00\x20", "\xff\xff\xff\xff", "\0\0\0\x10"],
    refuses,
    read: (input) =>
      drained(
        verifiedEvents(pieces(input), {
          chain,
          hold: () => memory,
          maxBytes: 1_000,
          now: () => 0,
          maxSkewMs: Infinity,
        }),
      ),
  },
  {
    name: "proxy: an error of the service",
    seeds: [
      `{"__type":"com.amazon#ExpiredTokenException","message":"the token ${SECRET} of AKIDEXAMPLE"}`,
      `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>${SECRET}</Message></Error></ErrorResponse>`,
    ],
    words: ["<Code>", "</Code>", '"__type":', "#", "\0"],
    refuses,
    async read(input) {
      const body = Buffer.from(input);
      checkReadable({}, body);
      await ownFault({ status: 403, headers: {}, bytes: body }, []);
      const shown = redacted(body, { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s", sessionToken: SECRET });
      if (shown.includes(SECRET)) throw new Error("the session token is left");
    },
  },
  {
    name: "proxy: where a tunnel leads",
    seeds: ["runtime.sagemaker.us-east-1.amazonaws.com:443", "my-bucket.s3.us-east-1.amazonaws.com:443"],
    words: [".s3.", "s3.", ":8443", ".evil.test", "vpce-a-b."],
    read(input) {
      const found = targetOf(input);
      if (found !== undefined && !/^[a-z0-9.-]+\.amazonaws\.(?:com|eu|com\.cn)(?::8443)?$/u.test(found.host))
        throw new Error(`leads to ${found.host}`);
    },
  },
];
