import { describe, expect, it } from "vitest";
import { createGuard, readCall } from "../../src/index.ts";
import { bodies } from "../bodies.ts";

const url = "https://api.sagemaker.eu-west-1.amazonaws.com/";
const headers = { "x-amz-target": "SageMaker.CreateModel", "content-type": "application/x-amz-json-1.1" };
const body = JSON.stringify(bodies["CreateModel"]);

describe("readCall", () => {
  it("reads the operation, the input and the host", () => {
    expect(readCall({ url, headers, body })).toEqual({
      action: "CreateModel",
      input: bodies["CreateModel"],
      host: "api.sagemaker.eu-west-1.amazonaws.com",
    });
    expect(readCall({ url, headers: new Headers(headers), body: new TextEncoder().encode(body) })?.action).toBe(
      "CreateModel",
    );
    expect(readCall({ url, headers, body: "" })?.input).toEqual({});
  });

  it("reads runtime calls from their path", () => {
    const host = "https://runtime.sagemaker.eu-west-1.amazonaws.com";
    const read = (path: string) => readCall({ method: "POST", url: host + path, headers: {} });
    expect(read("/endpoints/churn/invocations")).toMatchObject({
      action: "InvokeEndpoint",
      input: { EndpointName: "churn" },
    });
    expect(read("/endpoints/churn/async-invocations")?.action).toBe("InvokeEndpointAsync");
    expect(read("/endpoints/churn/invocations-response-stream")?.action).toBe("InvokeEndpointWithResponseStream");
    expect(read("/ping")?.action).toBe("UnknownOperation");
  });

  it("reads runtime calls behind a gateway, under any prefix, and in any case of letters", () => {
    const read = (path: string, host = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com") =>
      readCall({ method: "POST", url: host + path, headers: {} });
    const churn = { action: "InvokeEndpoint", input: { EndpointName: "churn" } };
    for (const path of [
      "/prod/endpoints/churn/invocations",
      "/a/b/c/endpoints/churn/invocations/",
      "/v1/ENDPOINTS/churn/Invocations",
    ])
      expect(read(path)).toMatchObject(churn);
    expect(read("/prod/endpoints/churn/async-invocations", "https://ml.example")?.action).toBe("InvokeEndpointAsync");
    expect(read("/prod/%65ndpoints/churn/invocations")).toMatchObject(churn);
    // SageMaker itself knows no prefix.
    const own = "https://runtime.sagemaker.eu-west-1.amazonaws.com";
    expect(read("/prod/endpoints/churn/invocations", own)?.action).toBe("UnknownOperation");
    expect(read("/predict")).toBeUndefined();
  });

  it("knows its hosts however many others it is asked about", () => {
    for (let index = 0; index < 200; index++)
      expect(readCall({ url: `https://host-${index}.example/`, headers: {} })).toBeUndefined();
    expect(readCall({ url: "http://api.sagemaker.eu-west-1.amazonaws.com/", headers: {} })?.unreadable).toBeDefined();
  });

  it("leaves other services alone", () => {
    const target = { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeImages" };
    expect(readCall({ url: "https://api.ecr.eu-west-1.amazonaws.com/", headers: target, body: "{" })).toBeUndefined();
    expect(readCall({ url: "https://example.com/", headers: {} })).toBeUndefined();
  });

  it.each([
    ["no target", { headers: {} }],
    ["another service's target", { headers: { "x-amz-target": "AmazonSSM.CreateModel" } }],
    [
      "two targets",
      {
        headers: [
          ["x-amz-target", "SageMaker.ListModels"],
          ["X-Amz-Target", "SageMaker.CreateModel"],
        ] as const,
      },
    ],
    [
      "an operation under a stranger's prefix",
      { url: "https://proxy.example/", headers: { "x-amz-target": "X.CreateModel" } },
    ],
    [
      "a path of another protocol",
      { url: "https://proxy.example/service/SageMaker/operation/CreateModel", headers: {} },
    ],
    ["a form", { headers: { ...headers, "content-type": "application/x-www-form-urlencoded" } }],
    ["CBOR", { headers: { ...headers, "content-type": "application/cbor" } }],
    ["compression", { headers: { ...headers, "content-encoding": "gzip" } }],
    ["broken JSON", { body: body.slice(1) }],
    ["trailing text", { body: `${body}{}` }],
    ["a list", { body: "[]" }],
    ["null", { body: "null" }],
    ["a byte order mark", { body: new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]) }],
    ["bytes that are not UTF-8", { body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
    ["UTF-16", { body: new Uint8Array([0x7b, 0, 0x7d, 0]) }],
    ["a member named twice", { body: '{"EnableNetworkIsolation":true,"EnableNetworkIsolation":false}' }],
    [
      "a member named twice in another spelling",
      { body: '{"EnableNetworkIsolation":true,"\\u0045nableNetworkIsolation":false}' },
    ],
    ["a member named twice below", { body: '{"VpcConfig":{"Subnets":["a"],"Subnets":[]}}' }],
  ])("does not pass over %s: every posture blocks it", async (_, change) => {
    const request = { url, headers, body, ...change };
    expect(readCall(request)?.unreadable).toMatch(/\w/);
    const guard = createGuard({ posture: "baseline" });
    await expect(guard.enforceRequest(request)).rejects.toMatchObject({
      code: "POSTURE_BROKEN",
      findings: [{ rule: "request-unreadable", severity: "critical", path: "" }],
    });
    await expect(createGuard({ posture: "baseline", mode: "report" }).enforceRequest(request)).resolves.toBeDefined();
  });
});

describe("an address that names another operation than the target is unreadable", () => {
  it.each([
    "https://api.sagemaker.eu-west-1.amazonaws.com/?Action=CreateNotebookInstance",
    "https://api.sagemaker.eu-west-1.amazonaws.com/?%41ction=CreateNotebookInstance",
    "https://api.sagemaker.eu-west-1.amazonaws.com/?a",
    "https://api.sagemaker.eu-west-1.amazonaws.com/service/SageMaker/operation/CreateNotebookInstance",
    "https://api.sagemaker.eu-west-1.amazonaws.com/CreateNotebookInstance",
    "https://gateway.example/service/SageMaker/operation/CreateNotebookInstance",
    "https://gateway.example/service%2FSageMaker/operation/CreateNotebookInstance",
    "https://gateway.example/prod/service/SageMaker/operation/CreateNotebookInstance",
    "https://gateway.example/prod/%73ervice/sagemaker/operation/CreateNotebookInstance",
    "https://gateway.example/prod/endpoints/churn/invocations",
    "https://gateway.example/prod?action=CreateNotebookInstance",
    "https://gateway.example/?X-Amz-Target=SageMaker.CreateNotebookInstance",
  ])("%s", (url) => {
    expect(readCall({ method: "POST", url, headers, body: "{}" })).toMatchObject({
      unreadable: expect.stringMatching(/beside x-amz-target$/) as string,
    });
  });

  it.each([
    "https://api.sagemaker.eu-west-1.amazonaws.com",
    "https://api.sagemaker.eu-west-1.amazonaws.com/?X-Amz-Signature=a&X-Amz-Date=b",
    "https://gateway.example/prod/?stage=a",
  ])("and %s is read", (url) => {
    expect(readCall({ method: "POST", url, headers, body: "{}" })).toEqual({
      action: "CreateModel",
      input: {},
      host: new URL(url).host,
    });
  });
});
