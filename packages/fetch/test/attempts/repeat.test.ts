import { expect, it } from "vitest";
import { repeatOf } from "../../src/attempts/repeat.ts";

const ask = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  repeatOf({
    method,
    url: new URL(path, "https://runtime.sagemaker.eu-west-1.amazonaws.com"),
    header: (name) => headers[name],
  });

it.each([
  ["GET", "/", {}, "always"],
  ["DELETE", "/x", {}, "always"],
  ["PATCH", "/x", {}, "unsent"],
  ["POST", "/", { "x-amz-target": "SageMaker.DescribeModel" }, "always"],
  ["POST", "/", { "x-amz-target": "SageMaker.ListModels" }, "always"],
  ["POST", "/", { "x-amz-target": "SageMaker.CreateModel" }, "unsent"],
  ["POST", "/", { "x-amz-target": "SageMaker.CreateListOfGets" }, "unsent"],
  ["POST", "/", { "x-amz-target": "SageMaker.CreateModel, SageMaker.DescribeModel" }, "unsent"],
  ["POST", "/", { "x-amz-target": "SageMaker.DescribeModel,SageMaker.CreateModel" }, "unsent"],
  [
    "POST",
    "/",
    { "x-amz-target": "com.amazonaws.codestar.connections.CodeStar_connections_20191201.GetHost" },
    "always",
  ],
  ["POST", "/endpoints/e/invocations", {}, "answered"],
  ["POST", "/endpoints/e/invocations-response-stream", {}, "answered"],
  ["POST", "/endpoints/e/async-invocations", {}, "unsent"],
  ["POST", "/endpoints/e/async-invocations", { "x-amzn-sagemaker-inference-id": "1" }, "answered"],
  ["POST", "/endpoints/a/b/invocations", {}, "unsent"],
  ["POST", "/anything", {}, "unsent"],
] as const)("%s %s %o may be repeated: %s", (method, path, headers, expected) => {
  expect(ask(method, path, headers)).toBe(expected);
});
