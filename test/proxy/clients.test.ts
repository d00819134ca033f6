import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { mkdtemp, open as openFile, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ListEndpointsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Sha256 } from "@aws-crypto/sha256-js";
import { createSignedFetch } from "@countersign/fetch";
import { createGuard } from "@countersign/guard";
import { issueKey, type PlaceholderKey } from "@countersign/proxy";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Local, startProxy } from "../../packages/proxy/test/local.ts";
import { blocksOf } from "../docs/blocks.ts";

// The placeholder key is all that these clients have. The local AWS stands behind the proxy and verifies what the proxy
// signed, so its clock is the machine's: the clients date their signatures by that.

const run = promisify(execFile);
let local: Local;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  local = await startProxy({
    allow: [
      { actions: ["sagemaker:List*", "sagemaker:InvokeEndpoint*", "sts:GetCallerIdentity"] },
      { actions: ["s3:GetObject", "s3:PutObject"], resources: ["bucket/own/*"] },
    ],
  });
  env = {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    AWS_ACCESS_KEY_ID: local.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: local.key.secretAccessKey,
    AWS_REGION: local.aws.region,
    AWS_DEFAULT_REGION: local.aws.region,
    AWS_ENDPOINT_URL: local.listening.url,
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: "*",
  };
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
});

/** What every client of this file has to hold: it got the service's own answer, and its key went nowhere. */
function signedByTheProxy(actions: readonly string[]): void {
  expect(local.audit.map(({ decision, actions: [action] }) => [decision, action])).toEqual(
    actions.map((action) => ["sent", action]),
  );
  const received = JSON.stringify(local.aws.calls());
  expect(received).not.toContain(local.key.accessKeyId);
}

describe("the AWS SDK for JavaScript v3", () => {
  const options = () => ({
    region: local.aws.region,
    endpoint: local.listening.url,
    credentials: local.key,
    maxAttempts: 1,
  });

  it("calls the control plane, the runtime and STS", async () => {
    const identity = await new STSClient(options()).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toContain(":assumed-role/inference/");
    await new SageMakerClient(options()).send(new ListEndpointsCommand({}));
    const answer = await new SageMakerRuntimeClient(options()).send(
      new InvokeEndpointCommand({ EndpointName: "churn", Body: '{"a":1}', ContentType: "application/json" }),
    );
    expect(answer.Body?.transformToString()).toBe('{"a":1}');
    signedByTheProxy(["sts:GetCallerIdentity", "sagemaker:ListEndpoints", "sagemaker:InvokeEndpoint"]);
  });

  it("reads and writes its own objects of S3, and raises AccessDenied for others", async () => {
    const s3 = new S3Client({ ...options(), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: "bucket", Key: "own/a b", Body: "text" }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "own/a b" }));
    expect(await Body?.transformToString()).toBe("text");
    signedByTheProxy(["s3:PutObject", "s3:GetObject"]);
    local.aws.reset();
    await expect(s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "other" }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("perform s3:GetObject on bucket/other"),
    });
    expect(local.aws.calls()).toEqual([]);
  });

  it("streams a model's answer", async () => {
    const { Body } = await new SageMakerRuntimeClient(options()).send(
      new InvokeEndpointWithResponseStreamCommand({
        EndpointName: "churn",
        Body: "one two",
        ContentType: "text/plain",
      }),
    );
    let text = "";
    for await (const { PayloadPart } of Body ?? []) text += Buffer.from(PayloadPart?.Bytes ?? []).toString();
    expect(text).toBe("one two");
    signedByTheProxy(["sagemaker:InvokeEndpointWithResponseStream"]);
  });

  it("raises its own AccessDenied for what is not allowed", async () => {
    const { DeleteEndpointCommand } = await import("@aws-sdk/client-sagemaker");
    const refused = new SageMakerClient(options()).send(new DeleteEndpointCommand({ EndpointName: "churn" }));
    await expect(refused).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: "The proxy does not allow notebook to perform sagemaker:DeleteEndpoint in us-east-1.",
    });
    expect(local.aws.calls()).toEqual([]);
  });
});

describe("the AWS SDK raises its own error with the reason, and nothing reaches AWS, for", () => {
  const bodyFlipped = (client: SageMakerClient): SageMakerClient => {
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string | Uint8Array };
        const body = Buffer.from(request.body);
        body[body.length - 3] = (body.at(-3) ?? 0) ^ 1;
        request.body = body;
        return next(args);
      },
      // After the signature is made.
      { step: "finalizeRequest", priority: "low" },
    );
    return client;
  };

  it.each<[string, (options: object, key: PlaceholderKey) => SageMakerClient, string, RegExp]>([
    [
      "a flipped byte",
      (options) => bodyFlipped(new SageMakerClient(options)),
      "XAmzContentSHA256Mismatch",
      /does not have the hash/u,
    ],
    [
      "another client's key",
      (options) => new SageMakerClient({ ...options, credentials: issueKey() }),
      "InvalidClientTokenId",
      /invalid/u,
    ],
    [
      "another client's secret under this client's id",
      (options, key) =>
        new SageMakerClient({
          ...options,
          credentials: { ...key, secretAccessKey: issueKey().secretAccessKey },
        }),
      "SignatureDoesNotMatch",
      /does not match/u,
    ],
    [
      "a posture that is not allowed",
      (options) => new SageMakerClient(options),
      "AccessDeniedException",
      /DirectInternetAccess/u,
    ],
  ])("%s", async (_, make, name, message) => {
    const guarded = await startProxy({ guard: createGuard({ posture: "baseline" }) });
    const options = {
      region: guarded.aws.region,
      endpoint: guarded.listening.url,
      credentials: guarded.key,
      maxAttempts: 1,
    };
    const { CreateNotebookInstanceCommand } = await import("@aws-sdk/client-sagemaker");
    const input = {
      NotebookInstanceName: "n",
      InstanceType: "ml.t3.medium",
      RoleArn: "arn:aws:iam::123456789012:role/notebook",
      DirectInternetAccess: "Enabled",
    } as const;
    const sent = make(options, guarded.key).send(new CreateNotebookInstanceCommand(input));
    await expect(sent).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect([guarded.aws.calls(), guarded.audit.map(({ decision }) => decision)]).toEqual([[], ["refused"]]);
    await guarded.close();
  });
});

describe("the AWS CLI", () => {
  it("asks STS and SageMaker", async () => {
    const { stdout } = await run(
      "/usr/bin/aws",
      ["sts", "get-caller-identity", "--endpoint-url", local.listening.url],
      { env },
    );
    expect(JSON.parse(stdout)).toMatchObject({ Arn: expect.stringContaining(":assumed-role/inference/") });
    await run("/usr/bin/aws", ["sagemaker", "list-endpoints", "--endpoint-url", local.listening.url], { env });
    signedByTheProxy(["sts:GetCallerIdentity", "sagemaker:ListEndpoints"]);
  });

  it("copies to and from S3", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "copy-"));
    const [there, back] = [path.join(folder, "there"), path.join(folder, "back")];
    await writeFile(there, "text");
    const copy = (from: string, to: string): Promise<unknown> =>
      run("/usr/bin/aws", ["s3", "cp", from, to, "--endpoint-url", local.listening.url], { env });
    await copy(there, "s3://bucket/own/b");
    await copy("s3://bucket/own/b", back);
    expect(await readFile(back, "utf8")).toBe("text");
    signedByTheProxy(["s3:PutObject", "s3:GetObject", "s3:GetObject"]);
    await rm(folder, { recursive: true });
  });

  it("prints AccessDenied with the reason", async () => {
    const refused = run(
      "/usr/bin/aws",
      ["sagemaker", "delete-endpoint", "--endpoint-name", "churn", "--endpoint-url", local.listening.url],
      { env },
    );
    await expect(refused).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /AccessDeniedException.*does not allow notebook to perform sagemaker:DeleteEndpoint/u,
      ),
    });
  });
});

describe("boto3", () => {
  it("calls the control plane, the runtime, STS and S3, and raises AccessDenied", async () => {
    const program = `
import boto3, botocore
at = dict(endpoint_url="${local.listening.url}", region_name="${local.aws.region}")
print(boto3.client("sagemaker", **at).list_endpoints()["Endpoints"])
print(boto3.client("sagemaker-runtime", **at).invoke_endpoint(EndpointName="churn", Body=b"{}")["Body"].read())
print(boto3.client("sts", **at).get_caller_identity()["Arn"].split("/")[1])
s3 = boto3.client("s3", **at)
s3.put_object(Bucket="bucket", Key="own/c", Body=b"text")
print(s3.get_object(Bucket="bucket", Key="own/c")["Body"].read())
try:
    boto3.client("sagemaker", **at).delete_endpoint(EndpointName="churn")
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
try:
    s3.get_object(Bucket="bucket", Key="other")
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
`;
    const { stdout } = await run("/usr/bin/python3", ["-c", program], { env });
    expect(stdout.trim().split("\n")).toEqual([
      "[]",
      "b'{}'",
      "inference",
      "b'text'",
      "AccessDeniedException",
      "AccessDenied",
    ]);
    expect(local.audit.map(({ decision }) => decision)).toEqual([
      ...Array.from({ length: 5 }, () => "sent"),
      "refused",
      "refused",
    ]);
  });
});

describe("curl", () => {
  const curl = async (service: string, more: readonly string[]): Promise<string> => {
    const { stdout } = await run(
      "curl",
      [
        "--silent",
        "--aws-sigv4",
        `aws:amz:${local.aws.region}:${service}`,
        "--user",
        `${local.key.accessKeyId}:${local.key.secretAccessKey}`,
        ...more,
      ],
      { env },
    );
    return stdout;
  };

  it("signs by itself and calls SageMaker, STS and S3", async () => {
    const { url } = local.listening;
    const json = ["--header", "content-type: application/json", "--data", '{"a":1}'];
    expect(await curl("sagemaker", [...json, `${url}/endpoints/churn/invocations`])).toBe('{"a":1}');
    const identity = await curl("sts", ["--data", "Action=GetCallerIdentity&Version=2011-06-15", url]);
    expect(identity).toContain(":assumed-role/inference/");
    const hash = createHash("sha256").update("text").digest("hex");
    const put = ["--request", "PUT", "--header", `x-amz-content-sha256: ${hash}`, "--data-binary", "text"];
    expect(await curl("s3", [...put, `${url}/bucket/own/d`])).toBe("");
    signedByTheProxy(["sagemaker:InvokeEndpoint", "sts:GetCallerIdentity", "s3:PutObject"]);
  });

  it("reads the reason of a refusal", async () => {
    const { url } = local.listening;
    const refused = await curl("sts", ["--data", "Action=GetSessionToken&Version=2011-06-15", url]);
    expect(refused).toMatch(/<Code>AccessDenied<.*does not allow notebook to perform sts:GetSessionToken/u);
    expect(local.aws.calls()).toEqual([]);
  });
});

describe("an MCP client with a signing transport", () => {
  it("calls the tools of a server behind an endpoint, and nothing else", async () => {
    local.aws.endpoint("tools", async ({ body, headers }) => {
      const server = new McpServer({ name: "tools", version: "1.0.0" });
      server.registerTool("greet", {}, () => ({ content: [{ type: "text", text: "hello" }] }));
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await server.connect(transport);
      const request = new Request("http://localhost/", {
        method: "POST",
        headers: { accept: headers["accept"] ?? "", "content-type": "application/json" },
        body: Buffer.from(body),
      });
      const answer = await transport.handleRequest(request);
      return { body: await answer.text(), contentType: answer.headers.get("content-type") ?? "application/json" };
    });
    const signed = createSignedFetch({
      region: local.aws.region,
      service: "sagemaker",
      credentials: local.key,
      clock: local.aws.clock,
      allowedHosts: [new URL(local.listening.url).host],
    });
    const connect = async (endpoint: string): Promise<Client> => {
      const url = new URL(`${local.listening.url}/endpoints/${endpoint}/invocations`);
      const client = new Client({ name: "test", version: "1.0.0" });
      await client.connect(new StreamableHTTPClientTransport(url, { fetch: signed }));
      return client;
    };
    const client = await connect("tools");
    expect(await client.callTool({ name: "greet" })).toMatchObject({ content: [{ type: "text", text: "hello" }] });
    await client.close();
    expect(local.audit.map(({ decision, actions }) => [decision, ...actions])).toEqual(
      Array.from({ length: local.audit.length }, () => ["sent", "sagemaker:InvokeEndpoint"]),
    );
    expect(JSON.stringify(local.aws.calls())).not.toContain(local.key.accessKeyId);
  });
});

describe("AWS's own signer and codec of events", () => {
  it("hold a conversation over HTTP/2", async () => {
    const date = new Date(local.aws.clock.now());
    const { host, hostname, port, origin } = new URL(local.listening.url);
    const oracle = new SignatureV4({
      service: "sagemaker",
      region: local.aws.region,
      credentials: local.key,
      sha256: Sha256,
    });
    const at = "/endpoints/chat/invocations-bidirectional-stream";
    const signed = await oracle.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname,
        port: Number(port),
        path: at,
        query: {},
        headers: {
          host,
          "content-type": "application/vnd.amazon.eventstream",
          "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
        },
      },
      { signingDate: date },
    );
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes as Uint8Array).toString(),
      (text) => Buffer.from(text),
    );
    let priorSignature = /Signature=([\da-f]{64})/u.exec(signed.headers["authorization"] ?? "")?.[1] ?? "";
    const wrap = async (payload: Uint8Array): Promise<Uint8Array> => {
      const dated = { ":date": { type: "timestamp", value: date } } as const;
      const headers = codec.formatHeaders(dated);
      priorSignature = await oracle.sign({ headers, payload }, { priorSignature, signingDate: date });
      const signature = { type: "binary", value: Buffer.from(priorSignature, "hex") } as const;
      return codec.encode({ headers: { ...dated, ":chunk-signature": signature }, body: payload });
    };
    const session = connectHttp2(origin);
    const stream = session.request({ ...signed.headers, ":method": "POST", ":path": at });
    const event = { ":event-type": { type: "string", value: "PayloadPart" } } as const;
    stream.write(await wrap(codec.encode({ headers: event, body: Buffer.from("hello") })));
    stream.end(await wrap(new Uint8Array()));
    const pieces: Buffer[] = [];
    for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
    const { headers, body } = codec.decode(Buffer.concat(pieces));
    expect([headers[":event-type"]?.value, Buffer.from(body).toString()]).toEqual(["PayloadPart", "hello"]);
    session.close();
    await expect.poll(() => local.audit.length).toBe(1);
    signedByTheProxy(["sagemaker:InvokeEndpointWithBidirectionalStream"]);
  });
});

describe("a sandbox without a network", () => {
  it("has the Unix socket of the proxy, and reaches nothing else", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "sandbox-"));
    const socket = path.join(folder, "proxy.sock");
    await local.proxy.listen({ socket, client: "notebook" });
    const block = Object.values(blocksOf("packages/proxy/README.md"))
      .flat()
      .find(({ code }) => code.includes("unshare"));
    const inside = { PATH: env["PATH"], SOCKET: socket, AWS_REGION: local.aws.region, ENDPOINT: "churn" };
    const { stdout } = await run("sh", ["-ec", block?.code ?? "exit 1"], { env: inside });
    expect(stdout).toContain('{"inputs":[1]}');
    signedByTheProxy(["sagemaker:InvokeEndpoint"]);
    const outside = run(
      "unshare",
      ["--map-root-user", "--net", "curl", "--silent", "--show-error", local.listening.url],
      { env: inside },
    );
    await expect(outside).rejects.toMatchObject({
      stderr: expect.stringMatching(/Failed to connect|Couldn't connect/u),
    });
    await rm(folder, { recursive: true });
  });
});

describe("a program that knows only HTTPS_PROXY", () => {
  it("calls AWS's own hosts with boto3 and the AWS CLI, and reaches nothing else", async () => {
    const forward = await local.proxy.listenForward();
    const folder = await mkdtemp(path.join(tmpdir(), "forward-"));
    const bundle = path.join(folder, "ca.pem");
    await writeFile(bundle, forward.ca);
    const inside = {
      ...env,
      AWS_ENDPOINT_URL: undefined,
      NO_PROXY: undefined,
      HTTPS_PROXY: forward.url,
      AWS_CA_BUNDLE: bundle,
    };
    const program = `
import boto3
print(boto3.client("sagemaker-runtime", region_name="${local.aws.region}").invoke_endpoint(EndpointName="churn", Body=b"{}")["Body"].read())
`;
    const { stdout } = await run("/usr/bin/python3", ["-c", program], { env: inside });
    expect(stdout.trim()).toBe("b'{}'");
    await run("/usr/bin/aws", ["sagemaker", "list-endpoints"], { env: inside });
    signedByTheProxy(["sagemaker:InvokeEndpoint", "sagemaker:ListEndpoints"]);
    await expect(
      run("curl", ["--silent", "--show-error", "--cacert", bundle, "https://example.com/"], { env: inside }),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining("403"),
    });
    await rm(folder, { recursive: true });
  });
});

it("no real secret is in the memory of a client that has made its calls: a core dump holds its placeholder alone", async () => {
  const program = `
import boto3, sys
at = dict(endpoint_url="${local.listening.url}", region_name="${local.aws.region}")
print(boto3.client("sagemaker-runtime", **at).invoke_endpoint(EndpointName="churn", Body=b"{}")["Body"].read(), flush=True)
sys.stdin.read()
`;
  const child = spawn("/usr/bin/python3", ["-c", program], { env, stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const memory = await memoryOf(child.pid ?? 0);
  child.stdin.end();
  await once(child, "exit");
  expect(memory.includes(local.key.secretAccessKey)).toBe(true);
  expect(memory.includes(local.session.accessKeyId)).toBe(false);
  expect(memory.includes(local.session.secretAccessKey)).toBe(false);
  expect(memory.includes((local.session.sessionToken ?? "").slice(-40))).toBe(false);
});

/** What a core dump of a process would hold: its writable memory. */
async function memoryOf(pid: number): Promise<Buffer> {
  const maps = await readFile(`/proc/${pid}/maps`, "utf8");
  const file = await openFile(`/proc/${pid}/mem`);
  const pieces: Buffer[] = [];
  for (const [, from = "", to = ""] of maps.matchAll(/^([\da-f]+)-([\da-f]+) rw/gmu)) {
    const start = Number.parseInt(from, 16);
    const piece = Buffer.alloc(Number.parseInt(to, 16) - start);
    const { bytesRead } = await file.read(piece, 0, piece.length, start).catch(() => ({ bytesRead: 0 }));
    pieces.push(piece.subarray(0, bytesRead));
  }
  await file.close();
  return Buffer.concat(pieces);
}

it("no real secret is in the client's process, its output, the audit records or the metrics", async () => {
  const show = "import os, sys; print(open('/proc/self/environ').read(), open('/proc/self/cmdline').read())";
  const { stdout } = await run("/usr/bin/python3", ["-c", show], { env });
  const refused = await fetch(`${local.listening.url}/endpoints/churn/invocations`, { method: "POST", body: "{}" });
  const seen = [stdout, await refused.text(), JSON.stringify([...refused.headers]), JSON.stringify(local.audit)].join(
    "\n",
  );
  expect(seen).toContain(local.key.accessKeyId);
  for (const secret of [local.session.secretAccessKey, local.session.sessionToken ?? ""]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(seen).not.toContain(secret);
  }
});
