import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { type ModelledService, readModel } from "../../src/model/model.ts";
import { operationNames } from "../../src/operation-names.ts";
import type { ServiceName } from "../../src/service.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws.close());

describe("an operation that does not exist is refused", () => {
  const misspelt = { kind: "delay", ms: 1 } as const;

  it.each<[string, () => unknown, RegExp]>([
    [
      "by fault",
      () => aws.fault({ ...misspelt, operation: "InvokeEndpoit" }),
      /^fault\.operation: .*mean InvokeEndpoint\?$/,
    ],
    ["by calls", () => aws.calls({ operation: "createModel" }), /^filter\.operation: .*mean CreateModel\?$/],
    [
      "of another service, by fault",
      () => aws.fault({ ...misspelt, service: "sts", operation: "CreateModel" }),
      /operation of sts/,
    ],
    [
      "of another service, by calls",
      () => aws.calls({ service: "s3", operation: "GetObjects" }),
      /of s3; did you mean GetObject\?$/,
    ],
    ["with a name of objects", () => aws.calls({ operation: "constructor" }), /^filter\.operation: /],
    ["with a prefix of IAM's", () => aws.calls({ operation: "sts:AssumeRole" }), /mean AssumeRole\?$/],
    [
      "that is not text",
      () => aws.calls({ operation: ["AssumeRole"] as never }),
      /^filter\.operation: must be an operation of the local AWS/,
    ],
  ])("%s", (_, ask, message) => {
    expect(ask).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) as string }),
    );
  });
});

it.each<[ServiceName, ModelledService]>([
  ["sagemaker", "sagemaker"],
  ["featurestore-runtime", "sagemaker-featurestore-runtime"],
  ["metrics", "sagemaker-metrics"],
  ["edge", "sagemaker-edge"],
  ["a2i", "sagemaker-a2i-runtime"],
])("the operations of %s are those of its model", (service, model) => {
  expect(operationNames[service].toSorted()).toEqual([...readModel(model).operations.keys()].toSorted());
});

it("the operations of the runtime over HTTP/1.1 are those of its model", () => {
  const model = readModel("sagemaker-runtime").operations.keys();
  const overHttp2 = new Set(operationNames["runtime-http2"]);
  expect(operationNames.runtime.toSorted()).toEqual([...model].filter((name) => !overHttp2.has(name)).toSorted());
});

it("every operation that a service knows may be named", () => {
  for (const [service, names] of Object.entries(operationNames))
    for (const operation of names) expect(aws.calls({ service: service as ServiceName, operation })).toEqual([]);
});
