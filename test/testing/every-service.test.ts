import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import { type Aws, type AwsOptions, startAws } from "@countersign/testing";
import { HttpResponse } from "@smithy/core/protocols";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceNames } from "../../packages/testing/src/service.ts";
import { type Answered, answerAll, model, seeds } from "../../packages/testing/test/sagemaker/every-operation.ts";
import { send } from "../../packages/testing/test/send.ts";
import { botocore, type BotocoreRead, botocoreVersion } from "./served/botocore.ts";
import { account, callsOf, device, featureGroup, type Prepared, saml, whole, worker } from "./served/calls.ts";
import { missingMembers, requiredOf, type Schema } from "./served/required-members.ts";
import { operationSchema } from "./served/schema-of-model.ts";
import { type Read, readers, type SdkCalls, sdkCalls } from "./served/sdk.ts";

const options = {
  accounts: [account, "210987654321"],
  users: [{ name: "everything" }, { name: "nothing", policies: [] }],
  roles: [
    {
      arn: worker,
      trustPolicy: {
        Statement: [
          { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
          {
            Effect: "Allow",
            Principal: { Federated: "*" },
            Action: ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
          },
        ],
      },
    },
  ],
  samlProviders: [{ arn: saml, verify: () => ({ subject: "me", issuer: "idp", sessionName: "me", roles: [worker] }) }],
  images: [{ repository: "team/model", tags: ["v1"], findings: [{ name: "CVE-2026-1", severity: "HIGH" }] }],
  subnets: [{ subnetId: "subnet-1", vpcId: "vpc-1", availabilityZone: "us-east-1a" }],
  resources: [
    {
      kind: "FeatureGroup",
      members: {
        FeatureGroupName: featureGroup,
        RecordIdentifierFeatureName: "id",
        EventTimeFeatureName: "at",
        FeatureDefinitions: [{ FeatureName: "id" }, { FeatureName: "at" }],
        OnlineStoreConfig: { EnableOnlineStore: true, StorageType: "InMemory" },
      },
    },
    { kind: "TrialComponent", members: { TrialComponentName: "component" } },
    { kind: "DeviceFleet", members: { DeviceFleetName: device.DeviceFleetName } },
    { kind: "Device", members: device },
  ],
} satisfies AwsOptions;

async function prepared(aws: Aws): Promise<Prepared> {
  const refused = await send(aws, `${aws.url.ec2}/`, {
    service: "ec2",
    credentials: aws.users["nothing"] ?? null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=DescribeSubnets&Version=2016-11-15",
  });
  const encodedMessage = /Encoded authorization failure message: ([\w-]+)/.exec(refused.text)?.[1] ?? "";
  return { encodedMessage, session: aws.role(worker).session() };
}

/** The services of the local AWS by the client that calls them. */
const byClient = {
  "sagemaker-runtime": "runtime",
  "sagemaker-featurestore-runtime": "featurestore-runtime",
  "sagemaker-metrics": "metrics",
  "sagemaker-edge": "edge",
  "sagemaker-a2i-runtime": "a2i",
  sts: "sts",
  s3: "s3",
  ecr: "ecr",
  ec2: "ec2",
  sso: "sso",
};

/** The HTTP/2 runtime and CreateSession of Roles Anywhere: tests of their own read them. */
const withoutClient = ["runtime-http2", "rolesanywhere"];

/** S3's client has this operation of another service, S3 Object Lambda. */
const elsewhere = "WriteGetObjectResponse";

const services = Object.keys(readers);
const complaints = (reads: readonly (Read | BotocoreRead)[]): readonly unknown[] =>
  reads.filter(({ error, missing = [] }) => error !== null || missing.length > 0);

describe("the SDK's clients", () => {
  let aws: Aws;
  let sdk: SdkCalls;
  let calls: ReturnType<typeof callsOf>;
  beforeAll(async () => {
    aws = await startAws(options);
    const ready = await prepared(aws);
    sdk = sdkCalls(aws, ready.session);
    calls = callsOf(aws, ready);
  });
  afterAll(async () => {
    sdk.close();
    await aws.close();
  });

  it("exist for every service that is served, except two that neither the SDK nor botocore has", () => {
    expect(services.toSorted()).toEqual(Object.keys(calls).toSorted());
    const served = { ...byClient, sagemaker: "sagemaker", "sso-oidc": "sso" };
    expect([...Object.values(served), ...withoutClient].toSorted()).toEqual([...serviceNames, "sso"].toSorted());
  });

  it("have the schemas that are made from the model", () => {
    const service = "sagemaker-featurestore-runtime";
    const reader = readers[service] as (typeof readers)[string];
    for (const operation of reader.operations) {
      const [, , , , , own = 0] = reader.schema(operation) as readonly Schema[];
      const [, , , , , made = 0] = operationSchema(service, operation) as readonly Schema[];
      expect(requiredOf(made)).toEqual(requiredOf(own));
    }
  });

  // In the table's order: the portal's calls need the token of the sign-in before them.
  it.each(services)("read the answer of every operation of %s, with all required members", async (service) => {
    const reads: Read[] = [];
    for (const [operation, asked] of Object.entries(calls[service] ?? {})) {
      reads.push(await sdk.call(service, operation, asked));
    }
    expect(complaints(reads)).toEqual([]);
    expect(reads.length).toBeGreaterThan(0);
  });

  it.each(services)("have no operation of %s that is served and not in the table", async (service) => {
    const known = Object.keys(calls[service] ?? {});
    const { operations = [] } = readers[service] ?? {};
    expect(known.filter((operation) => !operations.includes(operation))).toEqual([]);
    const others = operations.filter((operation) => !known.includes(operation));
    const unknown = whole.includes(service) ? others : [];
    expect(unknown).toEqual([]);
    // Any input will do: the operation is refused before its input is read.
    const input = {
      Bucket: "bucket",
      Key: "key",
      UploadId: "1",
      PartNumber: 1,
      CopySource: "a/b",
      Id: "1",
      clientId: "c",
    };
    // EC2 has some 800 operations, and one comparison refuses them all: every eighth is asked.
    const some = others.filter((each, index) => each !== elsewhere && (others.length < 200 || index % 8 === 0));
    const reads = await Promise.all(some.map((operation) => sdk.call(service, operation, { input })));
    const refusal = /^(?:40[04] UnknownOperationException|400 InvalidAction|501 \w+): /;
    expect(reads.filter(({ error }) => error === null || !refusal.test(error))).toEqual([]);
  });
});

describe.runIf(botocoreVersion !== undefined)(`the clients of botocore ${botocoreVersion}`, () => {
  let aws: Aws;
  let reads: readonly BotocoreRead[];
  let calls: ReturnType<typeof callsOf>;
  const directory = mkdtempSync(path.join(tmpdir(), "every-service-"));
  beforeAll(async () => {
    aws = await startAws(options);
    const ca = path.join(directory, "ca.pem");
    writeFileSync(ca, aws.ca);
    const ready = await prepared(aws);
    calls = callsOf(aws, ready);
    const list = Object.entries(calls).flatMap(([service, operations]) =>
      Object.entries(operations).map(([operation, asked]) => ({ service, operation, ...asked })),
    );
    const { accessKeyId, secretAccessKey, sessionToken } = ready.session;
    const keys = {
      user: [aws.user.accessKeyId, aws.user.secretAccessKey, null],
      session: [accessKeyId, secretAccessKey, sessionToken],
    };
    const input = JSON.stringify({ region: aws.region, ca, url: aws.url.all, keys, calls: list });
    reads = await botocore("call_with_botocore.py", input);
  });
  afterAll(async () => {
    await aws.close();
    rmSync(directory, { recursive: true });
  });

  it.each(services)("read the answer of every operation of %s, with all required members", (service) => {
    const own = reads.filter((each) => each.service === service && each.known);
    expect(complaints(own)).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
  });

  it.each(whole)("have no operation of %s that is not in the table", (service) => {
    const { operations } = reads.find((each) => each.service === service && each.operations !== undefined) ?? {};
    expect(operations?.filter((operation) => !Object.hasOwn(calls[service] ?? {}, operation))).toEqual([]);
  });
});

/** Members that older versions of botocore require and that AWS has since made optional. */
const relaxed = new Set([
  ".ProcessingResources.ClusterConfig.InstanceCount",
  ".ProcessingResources.ClusterConfig.InstanceType",
]);

describe("SageMaker's control plane", () => {
  const operations = [...model.operations.keys()];
  let aws: Aws;
  let answers: ReadonlyMap<string, Answered>;
  beforeAll(async () => {
    aws = await startAws({ resources: seeds });
    answers = await answerAll(aws);
  }, 60_000);
  afterAll(() => aws.close());

  it.each(operations)("the SDK's deserialiser reads the answer of %s", async (operation) => {
    const { sent } = answers.get(operation) ?? { sent: undefined };
    const client = new sagemaker.SageMakerClient({
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      requestHandler: {
        handle: async () => ({
          response: new HttpResponse({
            statusCode: sent?.status ?? 0,
            headers: sent?.headers ?? {},
            body: Readable.from([sent?.body ?? Buffer.alloc(0)]),
          }),
        }),
      },
    });
    const Command = (sagemaker as Record<string, unknown>)[`${operation}Command`] as new (input: object) => never;
    const output = (await client.send(new Command({}))) as unknown;
    const schema = (sagemaker as Record<string, unknown>)[`${operation}$`] as readonly Schema[];
    expect(missingMembers(schema[5] ?? 0, output)).toEqual([]);
  });

  it.runIf(botocoreVersion !== undefined)(
    `botocore's parser reads every answer, with all required members`,
    async () => {
      const lines = [...answers].map(([operation, { sent }]) =>
        JSON.stringify({
          service: "sagemaker",
          operation,
          status: sent.status,
          headers: sent.headers,
          body: sent.text,
        }),
      );
      const reads = await botocore("read_with_botocore.py", lines.join("\n"));
      expect(reads).toHaveLength(operations.length);
      const known = reads.filter((each) => each.known);
      const read = known.map(({ missing = [], ...each }) => ({
        ...each,
        missing: missing.filter((at) => !relaxed.has(at)),
      }));
      expect(complaints(read)).toEqual([]);
      // An older botocore does not have the newest operations.
      expect(known.length).toBeGreaterThan(380);
    },
  );
});
