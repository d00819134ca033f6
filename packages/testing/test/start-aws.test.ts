import { createServer } from "node:net";
import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { type AwsOptions, startAws, TestingError } from "../src/index.ts";
import { control, element, invoke, registry, send, sts } from "./send.ts";

describe("startAws", () => {
  it("closes its sockets and waits while requests are in progress", async () => {
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

  it("serves every service behind one URL", async () => {
    const aws = await startAws({
      images: [{ repository: "r", tags: ["t"] }],
      subnets: [{ subnetId: "subnet-1", vpcId: "v", availabilityZone: "z" }],
      roles: ["worker"],
    });
    try {
      const { all } = aws.url;
      const one = {
        ...aws,
        url: Object.fromEntries(Object.keys(aws.url).map((name) => [name, all])) as unknown as typeof aws.url,
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
      expect((await send(one, `${all}/elsewhere`, { service: "dynamodb" })).status).toBe(404);
      expect(aws.calls().map(({ service }) => service)).toEqual(["sts", "sagemaker", "runtime", "ecr", "ec2", "sts"]);
    } finally {
      await aws.close();
    }
  });

  it("records nothing of an invalid HTTP request", async () => {
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

  it.each<[unknown, string | RegExp]>([
    [{ accounts: ["12"] }, "accounts[0]: must be an account id of 12 digits"],
    [{ accounts: [] }, "accounts: must have at least one entry"],
    [{ regions: ["us-east-1", "x y"] }, "regions[1]: must be a Region such as eu-west-1"],
    [{ regions: ["eu-west-1/#"] }, "regions[0]: must be a Region such as eu-west-1"],
    [{ regions: [] }, "regions: must have at least one entry"],
    [{ users: [] }, "users: must have at least one entry"],
    [{ users: [{ name: "a b" }] }, /^users\[0\]\.name: must be a user name of IAM/],
    [{ users: [{ name: "a", polices: [] }] }, "users[0].polices: is not an option; did you mean policies?"],
    [{ roles: ["arn:aws:iam::123456789012:user/x"] }, /^roles: must be names or ARNs of IAM roles/],
    [
      { roles: [{ arn: "r", maxSessionDuration: 900 }] },
      "roles[0].maxSessionDuration: must be a whole number of seconds from 3600 to 43200",
    ],
    [{ roles: [{ arn: "r", policies: ["{"] }] }, /not JSON/],
    [{ roles: [null] }, "roles[0]: must be an object"],
    [{ roles: [{ arn: "r", trustPolicy: { Statement: { Effect: "Allow", Action: "a:b" } } }] }, /Principal/],
    [{ images: [{ repository: "r", digest: "sha256:1" }] }, "images.digest: must be sha256: and 64 hex digits"],
    [{ subnets: [{ subnetId: "s" }] }, "subnets[0].vpcId: must be text that is not empty"],
    [{ enpoints: {} }, "enpoints: is not an option; did you mean endpoints?"],
    [{ endpoints: { chat: { part: [] } } }, "endpoints.chat.part: is not an option; did you mean parts?"],
    [{ endpoints: { chat: "ecco" } }, /^endpoints\.chat: must be "echo"/],
    [{ endpoints: { chat: { ending: "torn" } } }, /^endpoints\.chat\.ending: must be "complete"/],
    [{ tls: "weak" }, /^tls: must be "pfs"/],
    [{ tls: { sage: "pfs" } }, /^tls\.sage: is not an option/],
    [{ ports: { sts: 70_000 } }, "ports.sts: must be a port from 0 to 65535"],
    [{ clock: Date }, "clock: must be a clock from createClock()"],
    [{ cors: "all" }, 'cors: must be "any"'],
    [{ replay: true }, 'replay: must be "accept" or "refuse"'],
    [{ webIdentityProviders: [{ issuer: "https://i", verification: {} }] }, /verification: must be a JSON Web Key Set/],
    [[], "options: must be an object"],
    [null, "options: must be an object"],
  ])("refuses %j", async (options, message) => {
    const starting = startAws(options as object);
    await expect(starting).rejects.toThrow(TestingError);
    await expect(starting).rejects.toThrow(message);
  });

  it("has calls that refuse wrong input by name", async () => {
    const aws = await startAws();
    const wrong: readonly [() => unknown, string][] = [
      [() => aws.fault({ kind: "nope" } as never), "fault.kind: must be"],
      [() => aws.fault(undefined as never), "fault.kind: must be"],
      [() => aws.fault({ kind: "delay", ms: 1, opration: "x" } as never), "fault.opration: is not an option"],
      [() => aws.calls({ opration: "x" } as never), "filter.opration: is not an option; did you mean operation?"],
      [() => aws.calls(null as never), "filter: must be an object"],
      [() => aws.role(7 as never), "arn: must be text"],
      [() => aws.role("r").session({ duration: 1 } as never), "duration: is not an option"],
      [() => aws.role("r").update({ arn: "s" } as never), "arn: is not an option"],
      [() => aws.endpoint("e", undefined as never), "behaviour: must be"],
      [() => aws.endpoint("", "echo"), "name: must be text"],
      [() => aws.image(undefined as never), "images.repository: must be text"],
      [() => aws.revoke({ key: "x" } as never), "key: is not an option"],
      [() => aws.revoke({}), "revocation: must have"],
      [() => aws.issuer.token({} as never), "subject: must be text"],
      [() => aws.issuer.arn("12"), "accountId: must be an account id"],
      [() => aws.clock.jump(Number.NaN), "ms: must be a finite number"],
    ];
    try {
      for (const [call, message] of wrong) {
        expect(call).toThrow(TestingError);
        expect(call).toThrow(message);
      }
    } finally {
      await aws.close();
    }
  });

  it("reads its own options only", async () => {
    const polluted = Object.prototype as { tls?: string };
    polluted.tls = "static-rsa";
    try {
      const aws = await startAws();
      expect((await invoke(aws, "e", "x")).text).toBe("x");
      expect(aws.calls()[0]?.tls.protocol).toBe("TLSv1.3");
      await aws.close();
    } finally {
      delete polluted.tls;
    }
  });
});

describe("names that nothing has", () => {
  const job = { kind: "TrainingJob", members: { TrainingJobName: "job" } };
  const policy = { Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;

  it.each<[AwsOptions, string]>([
    [{ resources: [{ ...job, kind: "TrainngJob" }] }, "did you mean TrainingJob?"],
    [{ resources: [{ ...job, members: { ...job.members, RolArn: "x" } }] }, "members.RolArn: must be a member of"],
    [{ resources: [{ ...job, members: {} }] }, "members.TrainingJobName: must be text"],
    [{ resources: [{ ...job, status: "Runing" }] }, "status: must be one of InProgress"],
    [{ resources: [{ kind: "Model", members: { ModelName: "m" }, status: "InService" }] }, "Model has no states"],
    [
      { limits: { TrainngJob: 1 } },
      "limits.TrainngJob: must be a kind of resource of SageMaker; did you mean TrainingJob?",
    ],
    [{ serviceControlPolicies: { "12345678901": [policy] } }, "account ids of 12 digits"],
    [{ endpointPolicies: { "vpc-0abc": policy } }, "ids of VPC endpoints"],
    [{ managedPolicies: { ReadOnly: policy } }, "ARNs of policies"],
    [{ users: [{ name: "a" }, { name: "a" }] }, "a is there twice"],
    [{ roles: ["a", "arn:aws:iam::123456789012:role/a"] }, "is there twice"],
  ])("are refused in options: %j", async (options, message) => {
    await expect(startAws(options as AwsOptions & { clock?: undefined })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining(message) as string,
    });
  });

  it("are refused by resource and setStatus", async () => {
    const aws = await startAws();
    try {
      const arn = await aws.resource({ kind: "Endpoint", members: { EndpointName: "e" } });
      expect(() => aws.setStatus(arn, "InServise")).toThrow("did you mean InService?");
      expect(() => aws.setStatus(arn, "Failed", { FailureReson: "x" })).toThrow("did you mean FailureReason?");
      aws.setStatus(arn, "Failed", { FailureReason: "x" });
      await expect(aws.resource({ kind: "Endpoint", members: { EndpointNam: "e" } })).rejects.toThrow(
        "did you mean EndpointName?",
      );
    } finally {
      await aws.close();
    }
  });
});
