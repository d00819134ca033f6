import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import {
  GetRecordCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from "@aws-sdk/client-sagemaker-featurestore-runtime";
import { HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Agent } from "node:https";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../packages/testing/src/index.ts";
import { type Answered, answerAll, model, seeds } from "../../packages/testing/test/sagemaker/every-operation.ts";

let aws: Aws;
let answers: ReadonlyMap<string, Answered>;
beforeAll(async () => {
  aws = await startAws({ resources: seeds });
  answers = await answerAll(aws);
}, 60_000);
afterAll(() => aws.close());

const operations = [...model.operations.keys()];

describe("the SDK's deserialiser", () => {
  it.each(operations)("reads the answer of %s", async (operation) => {
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
    const output = (await client.send(new Command({}))) as unknown as Record<string, unknown>;
    const schema = (sagemaker as Record<string, unknown>)[`${operation}$`] as readonly [
      number,
      string,
      string,
      unknown,
      unknown,
      () => readonly [number, string, string, unknown, (readonly string[])?, unknown?, number?],
    ];
    const [, , , , members = [], , required = 0] = schema[5]();
    expect(members.slice(0, required).filter((member) => output[member] === undefined)).toEqual([]);
  });
});

const hasBotocore = spawnSync("python3", ["-c", "import botocore"]).status === 0;

describe.skipIf(!hasBotocore)("botocore's parser", () => {
  it("reads every answer, with all required members", () => {
    const lines = [...answers].map(([operation, { sent }]) =>
      JSON.stringify({ service: "sagemaker", operation, status: sent.status, headers: sent.headers, body: sent.text }),
    );
    const script = fileURLToPath(new URL("read_with_botocore.py", import.meta.url));
    const read = execFileSync("python3", [script], { input: lines.join("\n"), encoding: "utf8", maxBuffer: 1 << 26 })
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { operation: string; known: boolean; missing?: string[]; error?: unknown });
    expect(read).toHaveLength(operations.length);
    expect(read.filter(({ known, missing = [], error }) => known && (missing.length > 0 || error !== null))).toEqual(
      [],
    );
    // An older botocore does not have the newest operations.
    expect(read.filter(({ known }) => known).length).toBeGreaterThan(380);
  });
});

it("the feature store's SDK client puts and gets a record", async () => {
  await aws.resource({
    kind: "FeatureGroup",
    members: {
      FeatureGroupName: "sdk",
      RecordIdentifierFeatureName: "id",
      EventTimeFeatureName: "at",
      FeatureDefinitions: [{ FeatureName: "id" }, { FeatureName: "at" }],
    },
  });
  const client = new SageMakerFeatureStoreRuntimeClient({
    region: aws.region,
    endpoint: aws.url.featureStore,
    credentials: aws.user,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: aws.ca }) }),
  });
  const Record = [
    { FeatureName: "id", ValueAsString: "1" },
    { FeatureName: "at", ValueAsString: "2026-01-01T00:00:00Z" },
  ];
  await client.send(new PutRecordCommand({ FeatureGroupName: "sdk", Record }));
  const got = await client.send(new GetRecordCommand({ FeatureGroupName: "sdk", RecordIdentifierValueAsString: "1" }));
  expect(got.Record).toEqual(Record);
  client.destroy();
});
