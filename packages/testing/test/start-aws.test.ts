import { createServer } from "node:net";
import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { startAws, TestingError } from "../src/index.ts";
import { control, element, invoke, registry, send, sts } from "./send.ts";

describe("startAws", () => {
  it("closes its sockets and waits, whatever is under way", async () => {
    const aws = await startAws();
    const { port } = new URL(aws.url.runtime);
    aws.endpoint("slow", async () => new Promise(() => undefined));
    aws.fault({ kind: "delay", ms: 1e9, service: "sts" });
    const hanging = Promise.allSettled([invoke(aws, "slow", "x"), sts(aws, { Action: "GetCallerIdentity" })]);
    while (aws.calls().length < 2 || aws.clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
    await aws.close();
    expect((await hanging).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(aws.clock.sleepers).toBe(0);
    // The port is free again.
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once("error", reject).listen(Number(port), "127.0.0.1", resolve),
    );
    await new Promise((resolve) => server.close(resolve));
    await aws.close();
  });

  it("is disposed of by await using", async () => {
    const aws = await startAws();
    await aws[Symbol.asyncDispose]();
    await expect(sts(aws, { Action: "GetCallerIdentity" })).rejects.toThrow("ECONNREFUSED");
  });

  it("stands for several regions that share IAM and nothing else", async () => {
    const aws = await startAws({ regions: ["us-east-1", "eu-west-1"] });
    try {
      const europe = { ...aws, region: "eu-west-1", url: aws.regions["eu-west-1"] ?? aws.url };
      await control(europe, "CreateModel", { ModelName: "m" });
      expect((await control(europe, "DescribeModel", { ModelName: "m" })).json["ModelArn"]).toBe(
        "arn:aws:sagemaker:eu-west-1:123456789012:model/m",
      );
      expect((await control(aws, "DescribeModel", { ModelName: "m" })).status).toBe(400);
      expect((await sts(europe, { Action: "GetCallerIdentity" }, { region: "us-east-1" })).status).toBe(403);
      expect((await sts(europe, { Action: "GetCallerIdentity" })).status).toBe(200);
    } finally {
      await aws.close();
    }
  });

  it("serves everything behind one URL, each request telling which service it is for", async () => {
    const aws = await startAws({
      images: [{ repository: "r", tags: ["t"] }],
      subnets: [{ subnetId: "subnet-1", vpcId: "v", availabilityZone: "z" }],
      roles: ["worker"],
    });
    try {
      const { all } = aws.url;
      const one = {
        ...aws,
        url: { sts: all, sagemaker: all, runtime: all, runtimeHttp2: all, ecr: all, ec2: all, all },
      };
      expect((await sts(one, { Action: "GetCallerIdentity" })).status).toBe(200);
      expect((await control(one, "ListModels", {})).status).toBe(200);
      expect((await invoke(one, "e", "x")).text).toBe("x");
      expect((await registry(one, "DescribeImages", { repositoryName: "r" })).status).toBe(200);
      const subnets = await send(one, all, {
        service: "ec2",
        body: "Action=DescribeSubnets&Version=2016-11-15",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
      expect(element(subnets.text, "subnetId")).toBe("subnet-1");
      const unsigned = await sts(one, { Action: "AssumeRoleWithWebIdentity" }, { credentials: null });
      expect(element(unsigned.text, "Code")).toBe("ValidationError");
      expect((await send(one, `${all}/elsewhere`, { service: "s3" })).status).toBe(404);
      expect(aws.calls().map(({ service }) => service)).toEqual(["sts", "sagemaker", "runtime", "ecr", "ec2", "sts"]);
    } finally {
      await aws.close();
    }
  });

  it("keeps nothing of a request that is no HTTP", async () => {
    const aws = await startAws();
    try {
      const { port } = new URL(aws.url.sts);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        request(
          { port, ca: aws.ca, servername: "localhost", method: "POST", headers: { host: "a b" }, path: "/" },
          (response) => resolve(response.resume().statusCode),
        )
          .once("error", reject)
          .end();
      });
      expect(status).toBe(400);
      expect(aws.calls()).toEqual([]);
    } finally {
      await aws.close();
    }
  });

  it.each([
    [{ accounts: ["12"] }, /"12" is not an account id/],
    [{ accounts: [] }, /not an account id/],
    [{ regions: [] }, /regions: at least one/],
    [{ users: [] }, /users: at least one/],
    [{ users: [{ name: "a b" }] }, /not a user name/],
    [{ roles: ["arn:aws:iam::123456789012:user/x"] }, /not the ARN of an IAM role/],
    [{ roles: [{ arn: "r", maxSessionDuration: 900 }] }, /3600 to 43200/],
    [{ roles: [{ arn: "r", policies: ["{"] }] }, /not JSON/],
    [
      { roles: [{ arn: "r", trustPolicy: { Statement: { Effect: "Allow" as const, Action: "sts:AssumeRole" } } }] },
      /Principal and NotPrincipal/,
    ],
    [{ images: [{ repository: "r", digest: "sha256:1" }] }, /not a digest/],
  ])("refuses %j", async (options, message) => {
    const starting = startAws(options);
    await expect(starting).rejects.toThrow(TestingError);
    await expect(starting).rejects.toThrow(message);
  });
});
