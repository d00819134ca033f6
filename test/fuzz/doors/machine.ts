import { createHash } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { sources, valkeyStore } from "@countersign/broker";
import { createClock } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import { createIdentityVerifier } from "../../../packages/broker/src/server/proof/caller-identity.ts";
import { proveIdentity, VendingError } from "@countersign/broker/server";
import { type Door, SECRET } from "../door.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const clock = createClock();
const home = mkdtempSync(path.join(tmpdir(), "countersign-fuzz-"));
process.once("exit", () => rmSync(home, { recursive: true, force: true }));
const files = { config: path.join(home, "config"), credentials: path.join(home, "credentials") };

/** Where one input has several answers, this line stands between them. */
const NEXT = "\n=next=\n";

/** What the server of this machine answers to the connections that follow, byte for byte. */
let answers: string[] = [];
let machine: Promise<string> | undefined;

/** A server that writes the next answer to each connection, and ends it. */
async function startMachine(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(Buffer.from(answers.shift() ?? "", "latin1")));
  });
  server.listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = (body: string, head = "HTTP/1.1 200 OK\r\n"): string =>
  `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const keys = JSON.stringify({
  Code: "Success",
  Type: "AWS-HMAC",
  AccessKeyId: "ASIAEXAMPLE",
  SecretAccessKey: SECRET,
  Token: SECRET,
  Expiration: "2100-01-02T03:04:05Z",
  AccountId: "111122223333",
});
const HTTP_WORDS = [
  "HTTP/1.1 ",
  "103 Early Hints\r\n\r\n",
  "transfer-encoding: chunked\r\n",
  "0\r\n\r\n",
  "\r\n",
  "302",
];

/** A transport whose answers have this status, these headers and this body. */
function transportSaying(status: number, headers: Readonly<Record<string, string>>, body: string): Transport {
  const request = async (): Promise<unknown> => ({
    statusCode: status,
    headers,
    body: (async function* () {
      yield Buffer.from(body, "utf8");
    })(),
  });
  return { request, requestHandler: () => {} } as unknown as Transport;
}

const startUrl = "https://example.awsapps.com/start";
const cached = path.join(home, ".aws/sso/cache", `${createHash("sha1").update(startUrl).digest("hex")}.json`);
mkdirSync(path.dirname(cached), { recursive: true });
const tokenFile = JSON.stringify({
  startUrl,
  region: "eu-west-1",
  accessToken: "sso-token",
  expiresAt: "2100-01-02T03:04:05Z",
  refreshToken: "again",
  clientId: "id",
  clientSecret: "secret",
  registrationExpiresAt: "2100-01-02T03:04:05Z",
});
const sso = (transport: Transport): Promise<unknown> =>
  sources.sso({
    startUrl,
    ssoRegion: "eu-west-1",
    accountId: "111122223333",
    roleName: "Worker",
    transport,
    env: { HOME: home },
    files,
  })();

const slot = { key: "k", canon: "{}", subjects: ["s"], operation: "AssumeRole", input: {} };

/** The parser of ioredis and iovalkey. */
const { resolve } = createRequire(import.meta.url);
const Parser = createRequire(resolve("iovalkey"))("redis-parser") as new (
  options: Readonly<Record<"returnReply" | "returnError" | "returnFatalError", (value: unknown) => void>>,
) => { execute(bytes: Buffer): void };

/** The values of an answer of Valkey or Redis, as the clients read them. */
function repliesIn(wire: string): unknown[] {
  const replies: unknown[] = [];
  const parser = new Parser({
    returnReply: (reply) => void replies.push(reply),
    returnError: (error) => void replies.push(error),
    returnFatalError: (error) => void replies.push(error),
  });
  try {
    parser.execute(Buffer.from(wire, "latin1"));
  } catch (error) {
    // The client's own: it ends its connection.
    replies.push(error);
  }
  return replies;
}

/** The store's own operations may fail: the broker goes on without them. What they answer is checked. */
async function readStore(wire: string): Promise<void> {
  const replies = repliesIn(wire);
  let at = 0;
  const evaluate = async (): Promise<unknown> => {
    const reply = replies[at++ % Math.max(1, replies.length)];
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const store = valkeyStore({
    client: { eval: evaluate },
    namespace: "fuzz",
    keyring: [{ id: "a", key: Buffer.alloc(32, 1) }],
  });
  const outcomes = await Promise.allSettled([
    store.read(slot),
    store.revocations?.(),
    store.once?.("id", 1),
    store.lock?.(slot, 1),
  ]);
  const [read, revocations] = outcomes;
  if (read?.status === "fulfilled" && read.value.session !== undefined) throw new Error("a forged session");
  if (revocations?.status === "fulfilled" && (revocations.value?.revocations.length ?? 0) > 0)
    throw new Error("a forged revocation");
}

const identity = (text: string): string =>
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <GetCallerIdentityResult>\n    ${text}\n  </GetCallerIdentityResult>\n</GetCallerIdentityResponse>`;
const audience = "https://broker.example.com";

export const machineDoors: readonly Door[] = [
  {
    name: "broker: what the instance's metadata service answers",
    seeds: [
      [http("token"), http("worker"), http(keys)].join(NEXT),
      [
        http("token"),
        http("worker\nother\n"),
        http(keys, "HTTP/1.1 200 OK\r\ndate: Sun, 01 Mar 2026 12:00:00 GMT\r\n"),
      ].join(NEXT),
      [http("token"), http("<html>", "HTTP/1.1 404 Not Found\r\n")].join(NEXT),
    ],
    words: [...HTTP_WORDS, NEXT, '"Expiration":', '"Code":"Failed"', "../", "%0d%0a"],
    async read(input) {
      const address = await (machine ??= startMachine());
      answers = input.split(NEXT);
      await sources.instance({
        transport: transportSaying(200, {}, ""),
        env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: address },
        files,
      })();
    },
  },
  {
    name: "broker: what the container's endpoint answers",
    seeds: [
      http(keys),
      http(keys, "HTTP/1.1 200 OK\r\ndate: Sun, 01 Mar 2026 12:00:00 GMT\r\nage: 5\r\n"),
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      http('{"code":"AccessDenied"}', "HTTP/1.1 403 Forbidden\r\n"),
    ],
    words: HTTP_WORDS,
    async read(input) {
      const address = await (machine ??= startMachine());
      answers = [input];
      await sources.container({
        transport: transportSaying(200, {}, ""),
        env: {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${address}/v1/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET,
        },
        files,
      })();
    },
  },
  {
    name: "broker: what IAM Identity Center answers",
    seeds: [
      JSON.stringify({
        roleCredentials: {
          accessKeyId: "ASIAEXAMPLE",
          secretAccessKey: SECRET,
          sessionToken: SECRET,
          expiration: 4_102_542_245_000,
        },
      }),
      JSON.stringify({ message: "No access", __type: "com.amazonaws.switchboard.portal#ForbiddenException" }),
    ],
    words: ['"roleCredentials":', "null", "1e400", '"__proto__":'],
    async read(input) {
      writeFileSync(cached, tokenFile);
      const status = input.includes("roleCredentials") ? 200 : 403;
      await sso(transportSaying(status, { date: "Sun, 01 Mar 2026 12:00:00 GMT" }, input));
    },
  },
  {
    name: "broker: the token that aws sso login cached",
    seeds: [tokenFile, tokenFile.replaceAll("2100", "2020")],
    words: ['"expiresAt":', "2020-01-01T00:00:00UTC", "null", '"accessToken":', "\\r\\n"],
    async read(input) {
      writeFileSync(cached, input);
      await sso(transportSaying(400, {}, '{"error":"invalid_grant"}'));
    },
  },
  {
    name: "broker: an answer of Valkey on the wire",
    seeds: [
      "*3\r\n*3\r\n$13\r\n9000000000000\r\n$1\r\n1\r\n$8\r\nQ1MxAAAA\r\n*1\r\n$-1\r\n:5000\r\n",
      "*2\r\n$1\r\ns\r\n$30\r\nQ1MxAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
      "-NOPERM no permission\r\n",
      "$-1\r\n:1\r\n+OK\r\n",
    ],
    words: ["*", "$", ":", "-ERR ", "+OK", "\r\n", "$-1", "*-1", "*99999999"],
    read: (input) => readStore(input),
  },
  {
    name: "broker: what STS says of a caller",
    seeds: [
      identity("<Arn>arn:aws:sts::111122223333:assumed-role/batch/i-0</Arn>"),
      identity("<Arn>arn:aws:iam::111122223333:user/a</Arn>\n    <UserId>x</UserId><Account>111122223333</Account>"),
      "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
    ],
    words: ["<Arn>", "</Arn>", "<!--", "&lt;", ":root", "assumed-role/", "<GetCallerIdentityResult>"],
    refuses: (error) => error instanceof VendingError,
    async read(input) {
      const proof = await proveIdentity({ credentials, region: "eu-west-1", audience });
      const verify = createIdentityVerifier({
        settings: () => ({ audience, regions: ["eu-west-1"] }),
        clock,
        fetch: async () => new Response(input, { headers: { "content-type": "text/xml" } }),
      });
      const principal = await verify(proof);
      if (/[<>&]/u.test(principal)) throw new Error(`a principal ${principal}`);
    },
  },
];
