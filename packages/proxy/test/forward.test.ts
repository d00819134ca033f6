import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { createSigner } from "@countersign/signer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ForwardListening } from "../src/index.ts";
import { targetOf } from "../src/forward/target.ts";
import { type Local, startProxy } from "./local.ts";

let local: Local;
let forward: ForwardListening;
beforeAll(async () => {
  local = await startProxy();
  forward = await local.proxy.listenForward();
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
});

const RUNTIME = "runtime.sagemaker.us-east-1.amazonaws.com";
const invoke = "/endpoints/churn/invocations";

/** Opens a tunnel; answers with the status line of the proxy and the socket. */
async function tunnel(authority: string) {
  const { hostname, port } = new URL(forward.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  return { status: head.toString().split("\r\n")[0], socket };
}

/** TLS inside the tunnel, as a client that trusts the proxy's authority. */
async function secure(authority: string): Promise<TLSSocket> {
  const { socket } = await tunnel(authority);
  const inner = connectTls({ socket, servername: authority.split(":")[0], ca: forward.ca });
  await once(inner, "secureConnect");
  return inner;
}

async function post(
  through: string,
  signedFor: string,
  options: { readonly host?: string; readonly region?: string } = {},
): Promise<string> {
  const { key, aws } = local;
  const signer = createSigner({ region: options.region ?? "us-east-1", credentials: key, clock: aws.clock });
  const signed = await signer.sign({ method: "POST", url: `https://${signedFor}${invoke}`, body: "{}" });
  const socket = await secure(through);
  let answer = "";
  socket.on("data", (bytes: Buffer) => (answer += bytes.toString()));
  const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(
    [
      `POST ${invoke} HTTP/1.1`,
      `host: ${options.host ?? signedFor}`,
      "connection: close",
      "content-length: 2",
      ...lines,
      "",
      "{}",
    ].join("\r\n"),
  );
  await once(socket, "close");
  return answer;
}

describe("a tunnel", () => {
  it("to a host of AWS carries requests that are verified, judged and signed anew", async () => {
    const answer = await post(`${RUNTIME}:443`, RUNTIME);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*\{\}$/u);
    expect(local.audit).toMatchObject([
      { client: "notebook", actions: ["sagemaker:InvokeEndpoint"], decision: "sent" },
    ]);
    expect(JSON.stringify(local.aws.calls())).not.toContain(local.key.accessKeyId);
  });

  it("speaks TLS with forward secrecy", async () => {
    const socket = await secure(`${RUNTIME}:443`);
    expect(socket.getProtocol()).toBe("TLSv1.3");
    socket.destroy();
    const { socket: weak } = await tunnel(`${RUNTIME}:443`);
    const refused = connectTls({
      socket: weak,
      servername: RUNTIME,
      ca: forward.ca,
      maxVersion: "TLSv1.2",
      ciphers: "AES128-GCM-SHA256:@SECLEVEL=0",
    });
    await expect(once(refused, "secureConnect")).rejects.toThrow(/handshake failure|ECONNRESET/u);
  });

  it.each([
    "evil.test:443",
    `${RUNTIME}.evil.test:443`,
    `evil.test/${RUNTIME}:443`,
    `${RUNTIME}:80`,
    `${RUNTIME}:8442`,
    "api.sagemaker.us-east-1.amazonaws.com:8443",
    "my-bucket.s3.us-east-1.amazonaws.com:8443",
    RUNTIME,
    "127.0.0.1:443",
    "[::1]:443",
    "169.254.169.254:443",
    "localhost:443",
    `vpce-a-b.${RUNTIME}:443`,
    "runtime.sagemaker.us-east-1.amazonaws.com.:443",
    "x.y.s3.us-east-1.amazonaws.com:443",
    "s3.us-east-1.s3.us-east-1.amazonaws.com:443",
    "s3.s3.us-east-1.amazonaws.com:443",
  ])("to %s is refused", async (authority) => {
    const { status, socket } = await tunnel(authority);
    socket.destroy();
    expect(status).toMatch(/^HTTP\/1.1 40[03] /u);
  });

  it.each<[string, string, string, object]>([
    ["another Host than the tunnel's", `${RUNTIME}:443`, RUNTIME, { host: "api.sagemaker.us-east-1.amazonaws.com" }],
    ["a signature for another host", `${RUNTIME}:443`, "api.sagemaker.us-east-1.amazonaws.com", {}],
    [
      "another service's tunnel",
      "api.sagemaker.us-east-1.amazonaws.com:443",
      "api.sagemaker.us-east-1.amazonaws.com",
      {},
    ],
    [
      "another Region's tunnel",
      "runtime.sagemaker.eu-west-1.amazonaws.com:443",
      "runtime.sagemaker.eu-west-1.amazonaws.com",
      {},
    ],
  ])("with %s sends nothing", async (_, through, signedFor, options) => {
    expect(await post(through, signedFor, options)).toMatch(/^HTTP\/1.1 403 /u);
    expect(local.aws.calls()).toEqual([]);
  });
});

it("a request that opens no tunnel is told to", async () => {
  expect((await fetch(forward.url)).status).toBe(405);
});

describe("the host of a tunnel", () => {
  it.each([
    ["sts.eu-west-1.amazonaws.com:443", { endpoint: "sts", region: "eu-west-1", bucket: undefined }],
    ["my-bucket.s3.eu-west-1.amazonaws.com:443", { endpoint: "s3", region: "eu-west-1", bucket: "my-bucket" }],
    ["s3.eu-west-1.amazonaws.com:443", { endpoint: "s3", region: "eu-west-1", bucket: undefined }],
  ])("%s is recognised", (authority, target) => {
    expect(targetOf(authority)).toMatchObject(target);
  });
});
