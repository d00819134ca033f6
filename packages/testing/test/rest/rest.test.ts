import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { readModel } from "../../src/model/model.ts";
import { control, send, type SendOptions } from "../send.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({
    resources: [
      {
        kind: "FeatureGroup",
        members: {
          FeatureGroupName: "customers",
          RecordIdentifierFeatureName: "id",
          EventTimeFeatureName: "at",
          FeatureDefinitions: ["id", "at", "age"].map((FeatureName) => ({ FeatureName, FeatureType: "String" })),
        },
      },
      {
        kind: "FeatureGroup",
        members: {
          FeatureGroupName: "fast",
          RecordIdentifierFeatureName: "id",
          EventTimeFeatureName: "at",
          FeatureDefinitions: ["id", "at", "age"].map((FeatureName) => ({ FeatureName, FeatureType: "String" })),
          OnlineStoreConfig: { EnableOnlineStore: true, StorageType: "InMemory" },
        },
      },
      { kind: "TrialComponent", members: { TrialComponentName: "component" } },
      { kind: "Device", members: { DeviceFleetName: "fleet", DeviceName: "device" } },
    ],
  });
});
afterAll(() => aws.close());

type Base = "featureStore" | "metrics" | "edge" | "a2i";

async function ask(base: Base, method: string, path: string, body?: unknown, options: SendOptions = {}) {
  const sent = await send(aws, aws.url[base] + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...options,
  });
  return { ...sent, json: (sent.text === "" ? {} : JSON.parse(sent.text)) as Record<string, unknown> };
}

const record = (id: string, at: string, age: string) => ({
  Record: [
    { FeatureName: "id", ValueAsString: id },
    { FeatureName: "at", ValueAsString: at },
    { FeatureName: "age", ValueAsString: age },
  ],
});
const get = (id: string, more = "") =>
  ask("featureStore", "GET", `/FeatureGroup/customers?RecordIdentifierValueAsString=${id}${more}`);
const put = (body: unknown, group = "customers") => ask("featureStore", "PUT", `/FeatureGroup/${group}`, body);

describe("the feature store", () => {
  it("keeps the newest record by event time, and returns the features asked for", async () => {
    expect((await put(record("1", "2026-01-02T00:00:00Z", "40"))).status).toBe(200);
    expect((await put(record("1", "2026-01-01T00:00:00Z", "39"))).status).toBe(200);
    expect((await get("1", "&FeatureName=age")).json).toEqual({
      Record: [{ FeatureName: "age", ValueAsString: "40" }],
    });
    expect((await get("unknown")).json).toEqual({});
  });

  it("refuses what the group does not have", async () => {
    expect((await put({ Record: [{ FeatureName: "id", ValueAsString: "1" }] })).json).toEqual({
      message: "Missing mandatory event time feature at.",
    });
    const unknown = await put({ Record: [{ FeatureName: "size", ValueAsString: "1" }] });
    expect([unknown.status, unknown.headers["x-amzn-errortype"]]).toEqual([400, "ValidationError"]);
    const missing = await put(record("1", "2026-01-02T00:00:00Z", "4"), "none");
    expect([missing.status, missing.headers["x-amzn-errortype"]]).toEqual([404, "ResourceNotFound"]);
    expect((await put({})).json["message"]).toContain("Value null at 'record'");
  });

  it("expires records by their time to live, and deletes them softly or for good", async () => {
    const at = new Date(aws.clock.now()).toISOString();
    await put({ ...record("ttl", at, "1"), TtlDuration: { Unit: "Minutes", Value: 1 } });
    expect((await get("ttl", "&ExpirationTimeResponse=Enabled")).json["ExpiresAt"]).toMatch(/^\d{4}-/);
    await aws.clock.advance(61_000);
    expect((await get("ttl")).json).toEqual({});
    await put(record("gone", at, "1"));
    const remove = (mode: string) =>
      ask(
        "featureStore",
        "DELETE",
        `/FeatureGroup/customers?RecordIdentifierValueAsString=gone&EventTime=${at}&DeletionMode=${mode}`,
      );
    expect((await remove("SoftDelete")).status).toBe(200);
    expect((await get("gone")).json).toEqual({});
    const listed = async () =>
      (await ask("featureStore", "POST", "/FeatureGroup/customers/ListRecords", { IncludeSoftDeletedRecords: true }))
        .json["RecordIdentifiers"];
    expect(await listed()).toContain("gone");
    await remove("HardDelete");
    expect(await listed()).not.toContain("gone");
  });

  it("reads and writes in batches, with the errors of single entries", async () => {
    const Entries = [
      { FeatureGroupName: "customers", ...record("b", "2026-01-02T00:00:00Z", "5") },
      { FeatureGroupName: "none", ...record("b", "2026-01-02T00:00:00Z", "5") },
    ];
    expect((await ask("featureStore", "POST", "/BatchWriteRecord", { Entries })).json).toMatchObject({
      Errors: [{ ErrorCode: "ResourceNotFound" }],
      UnprocessedEntries: [],
    });
    const Identifiers = [
      { FeatureGroupName: "customers", RecordIdentifiersValueAsString: ["b", "z"], FeatureNames: ["age"] },
    ];
    expect((await ask("featureStore", "POST", "/BatchGetRecord", { Identifiers })).json).toEqual({
      Records: [
        {
          FeatureGroupName: "customers",
          RecordIdentifierValueAsString: "b",
          Record: [{ FeatureName: "age", ValueAsString: "5" }],
        },
      ],
      Errors: [],
      UnprocessedIdentifiers: [],
    });
  });

  it("updates single features of a record that exists", async () => {
    const feature = (FeatureName: string, ValueAsString: string) => ({ FeatureName, ValueAsString });
    const update = (id: string, body: object, group = "fast") =>
      ask("featureStore", "POST", `/FeatureGroup/${group}/Record`, {
        RecordIdentifierValueAsString: id,
        Features: [feature("age", "41")],
        ...body,
      });
    const at = new Date(aws.clock.now()).toISOString();
    await put({ ...record("u", at, "40"), TtlDuration: { Unit: "Minutes", Value: 1 } }, "fast");
    expect((await update("u", {})).status).toBe(200);
    const read = () =>
      ask(
        "featureStore",
        "GET",
        "/FeatureGroup/fast?RecordIdentifierValueAsString=u&FeatureName=age&ExpirationTimeResponse=Enabled",
      );
    expect((await read()).json).toMatchObject({
      Record: [feature("age", "41")],
      ExpiresAt: expect.any(String) as string,
    });
    const refusals = await Promise.all([
      update("none", {}),
      update("u", {}, "customers"),
      update("u", { Features: [feature("size", "1")] }),
      update("u", { Features: [feature("id", "other")] }),
      update("u", { Features: [feature("at", "2020-01-01T00:00:00Z")] }),
      update("u", { TtlDuration: { Unit: "Days", Value: 1 } }),
    ]);
    expect(refusals.map(({ status, headers }) => [status, headers["x-amzn-errortype"]])).toEqual([
      [404, "ResourceNotFound"],
      [400, "ValidationError"],
      [400, "ValidationError"],
      [400, "ValidationError"],
      [409, "ConflictException"],
      [400, "ValidationError"],
    ]);
    await update("u", { Features: [feature("at", at)], TtlDuration: { Unit: "Days", Value: 1 } });
    await aws.clock.advance(61_000);
    expect((await read()).json["Record"]).toHaveLength(1);
  });

  it("asks the caller's policies about the feature group", async () => {
    const role = aws.role("reader");
    role.update({
      policies: [
        {
          Statement: {
            Effect: "Allow",
            Action: "sagemaker:GetRecord",
            Resource: "*:feature-group/customers".replace("*", "arn:aws:sagemaker:*:*"),
          },
        },
      ],
    });
    const credentials = role.session();
    const path = "/FeatureGroup/customers?RecordIdentifierValueAsString=1";
    expect((await ask("featureStore", "GET", path, undefined, { credentials })).status).toBe(200);
    expect(
      (await ask("featureStore", "PUT", "/FeatureGroup/customers", record("1", "1", "1"), { credentials })).status,
    ).toBe(403);
  });
});

it("keeps metrics of trial components and their statistics", async () => {
  const point = (Value: number, Step: number) => ({ MetricName: "loss", Timestamp: 1_700_000_000, Step, Value });
  const MetricData = [point(4, 1), point(2, 1), point(1, 2)];
  expect(
    (await ask("metrics", "PUT", "/BatchPutMetrics", { TrialComponentName: "component", MetricData })).json,
  ).toEqual({});
  const query = {
    MetricName: "loss",
    MetricStat: "Avg",
    Period: "IterationNumber",
    XAxisType: "IterationNumber",
    ResourceArn: "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component/component",
  };
  expect((await ask("metrics", "POST", "/BatchGetMetrics", { MetricQueries: [query] })).json).toEqual({
    MetricQueryResults: [{ Status: "Complete", XAxisValues: [1, 2], MetricValues: [3, 1] }],
  });
  const other = await ask("metrics", "PUT", "/BatchPutMetrics", {
    TrialComponentName: "none",
    MetricData: [point(1, 1)],
  });
  expect(other.json).toEqual({ Errors: [{ Code: "VALIDATION_ERROR", MetricIndex: 0 }] });
});

it("knows registered edge devices only", async () => {
  const device = { DeviceFleetName: "fleet", DeviceName: "device" };
  expect((await ask("edge", "POST", "/GetDeployments", device)).json).toEqual({ Deployments: [] });
  expect((await ask("edge", "POST", "/GetDeviceRegistration", device)).json["CacheTTL"]).toBe("3600");
  expect((await ask("edge", "POST", "/SendHeartbeat", { ...device, AgentVersion: "1.0" })).status).toBe(200);
  const { json } = await control(aws, "DescribeDevice", device);
  expect(json).toMatchObject({ AgentVersion: "1.0", LatestHeartbeat: aws.clock.now() / 1000 });
  expect((await ask("edge", "POST", "/GetDeployments", { ...device, DeviceName: "other" })).status).toBe(400);
});

it("starts, lists, stops and deletes human loops", async () => {
  const FlowDefinitionArn = "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/flow";
  const loop = { HumanLoopName: "loop", FlowDefinitionArn, HumanLoopInput: { InputContent: "{}" } };
  const { json } = await ask("a2i", "POST", "/human-loops", loop);
  expect(json).toEqual({ HumanLoopArn: "arn:aws:sagemaker:us-east-1:123456789012:human-loop/loop" });
  expect((await ask("a2i", "POST", "/human-loops", loop)).status).toBe(409);
  expect((await ask("a2i", "POST", "/human-loops/stop", { HumanLoopName: "loop" })).status).toBe(200);
  expect((await ask("a2i", "GET", "/human-loops/loop")).json).toMatchObject({
    HumanLoopStatus: "Stopped",
    CreationTime: new Date(aws.clock.now()).toISOString(),
  });
  const list = await ask("a2i", "GET", `/human-loops?FlowDefinitionArn=${FlowDefinitionArn}&MaxResults=5`);
  expect(list.json["HumanLoopSummaries"]).toHaveLength(1);
  expect((await ask("a2i", "DELETE", "/human-loops/loop")).status).toBe(200);
  expect((await ask("a2i", "GET", "/human-loops/loop")).status).toBe(404);
});

it("serves every operation that the models of these services know", async () => {
  const services = {
    featureStore: "sagemaker-featurestore-runtime",
    metrics: "sagemaker-metrics",
    edge: "sagemaker-edge",
    a2i: "sagemaker-a2i-runtime",
  } as const;
  for (const [base, service] of Object.entries(services)) {
    for (const { http } of readModel(service).operations.values()) {
      const sent = await ask(
        base as Base,
        http.method,
        http.path.replaceAll(/\{\w+\}/g, "x"),
        http.method === "POST" || http.method === "PUT" ? {} : undefined,
      );
      expect([http.path, sent.headers["x-amzn-errortype"]]).not.toContain("UnknownOperationException");
    }
    expect((await ask(base as Base, "POST", "/nothing", {})).headers["x-amzn-errortype"]).toBe(
      "UnknownOperationException",
    );
  }
});
