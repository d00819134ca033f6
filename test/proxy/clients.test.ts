import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ListEndpointsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Local, startProxy } from "../../packages/proxy/test/local.ts";

// The placeholder key is all that these clients have. The local AWS stands behind the proxy and verifies what the proxy
// signed, so its clock is the machine's: the clients date their signatures by that.

const run = promisify(execFile);
let local: Local;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  local = await startProxy({
    allow: [{ actions: ["sagemaker:List*", "sagemaker:InvokeEndpoint*", "sts:GetCallerIdentity"] }],
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
  it("calls the control plane and the runtime, and raises AccessDenied", async () => {
    const program = `
import boto3, botocore
at = dict(endpoint_url="${local.listening.url}", region_name="${local.aws.region}")
print(boto3.client("sagemaker", **at).list_endpoints()["Endpoints"])
print(boto3.client("sagemaker-runtime", **at).invoke_endpoint(EndpointName="churn", Body=b"{}")["Body"].read())
try:
    boto3.client("sagemaker", **at).delete_endpoint(EndpointName="churn")
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
`;
    const { stdout } = await run("/usr/bin/python3", ["-c", program], { env });
    expect(stdout.trim().split("\n")).toEqual(["[]", "b'{}'", "AccessDeniedException"]);
    expect(local.audit.map(({ decision }) => decision)).toEqual(["sent", "sent", "refused"]);
  });
});

describe("curl", () => {
  it("signs by itself and gets the model's answer", async () => {
    const { stdout } = await run(
      "curl",
      [
        "--silent",
        "--aws-sigv4",
        `aws:amz:${local.aws.region}:sagemaker`,
        "--user",
        `${local.key.accessKeyId}:${local.key.secretAccessKey}`,
        "--header",
        "content-type: application/json",
        "--data",
        '{"a":1}',
        `${local.listening.url}/endpoints/churn/invocations`,
      ],
      { env },
    );
    expect(stdout).toBe('{"a":1}');
    signedByTheProxy(["sagemaker:InvokeEndpoint"]);
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
