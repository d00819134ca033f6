import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const cli = "/usr/bin/aws";
const run = promisify(execFile);

let local: Local;
let directory: string;
beforeAll(async () => {
  if (!existsSync(cli)) throw new Error(`${cli} is needed: apt-get install awscli`);
  directory = await mkdtemp(join(tmpdir(), "countersign-cli-"));
  local = await startLocal({
    port: 0,
    roles: ["worker"],
    images: [{ repository: "team/model", tags: ["v1"], findings: [{ name: "CVE-2026-1", severity: "HIGH" }] }],
    subnets: [{ subnetId: "subnet-1", vpcId: "vpc-1", availabilityZone: "us-east-1a" }],
  });
});
afterAll(async () => {
  await local.close();
  await rm(directory, { recursive: true, force: true });
});

/** Runs the AWS CLI in the environment of the local AWS. Debian's release does not know AWS_ENDPOINT_URL yet. */
async function aws(
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const { AWS_ENDPOINT_URL = "", ...environment } = local.environment;
  const { stdout } = await run(cli, ["--endpoint-url", AWS_ENDPOINT_URL, "--output", "json", ...args], {
    env: { PATH: process.env["PATH"], HOME: directory, ...environment, ...extra },
  });
  return stdout.trim() === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

describe("the AWS CLI", { timeout: 120_000 }, () => {
  it("asks who it is and assumes a role", async () => {
    expect(await aws(["sts", "get-caller-identity"])).toMatchObject({
      Arn: "arn:aws:iam::123456789012:user/countersign",
    });
    const role = "arn:aws:iam::123456789012:role/worker";
    const answer = await aws(["sts", "assume-role", "--role-arn", role, "--role-session-name", "cli"]);
    expect(answer).toMatchObject({ AssumedRoleUser: { Arn: "arn:aws:sts::123456789012:assumed-role/worker/cli" } });
  });

  it("makes a model, pages through models, and shows AWS's error", async () => {
    for (const name of ["m1", "m2", "m3"]) {
      await aws([
        "sagemaker",
        "create-model",
        "--model-name",
        name,
        "--execution-role-arn",
        "arn:aws:iam::123456789012:role/worker",
      ]);
    }
    const listed = await aws([
      "sagemaker",
      "list-models",
      "--page-size",
      "1",
      "--sort-by",
      "Name",
      "--sort-order",
      "Ascending",
    ]);
    expect(listed["Models"]).toMatchObject([{ ModelName: "m1" }, { ModelName: "m2" }, { ModelName: "m3" }]);
    await expect(aws(["sagemaker", "describe-model", "--model-name", "m9"])).rejects.toThrow(
      /An error occurred \(ValidationException\) when calling the DescribeModel operation: Could not find model/,
    );
  });

  it("invokes an endpoint", async () => {
    const [input, output] = [join(directory, "in.bin"), join(directory, "out.bin")];
    const bytes = createHash("sha512").update("body").digest();
    await writeFile(input, bytes);
    const answer = await aws([
      "sagemaker-runtime",
      "invoke-endpoint",
      "--endpoint-name",
      "e",
      "--body",
      `fileb://${input}`,
      "--content-type",
      "application/octet-stream",
      output,
    ]);
    expect(answer).toMatchObject({ ContentType: "application/octet-stream", InvokedProductionVariant: "AllTraffic" });
    expect(await readFile(output)).toEqual(bytes);
  });

  it("reads scan findings and subnets", async () => {
    expect(
      await aws([
        "ecr",
        "describe-image-scan-findings",
        "--repository-name",
        "team/model",
        "--image-id",
        "imageTag=v1",
      ]),
    ).toMatchObject({
      imageScanFindings: { findings: [{ name: "CVE-2026-1" }], findingSeverityCounts: { HIGH: 1 } },
    });
    expect(await aws(["ec2", "describe-subnets", "--subnet-ids", "subnet-1"])).toMatchObject({
      Subnets: [{ AvailabilityZone: "us-east-1a" }],
    });
  });

  it("is refused with a wrong secret", async () => {
    const wrong = aws(["sts", "get-caller-identity"], { AWS_SECRET_ACCESS_KEY: "wrong" });
    await expect(wrong).rejects.toThrow(/\(SignatureDoesNotMatch\) when calling the GetCallerIdentity operation/);
  });
});
