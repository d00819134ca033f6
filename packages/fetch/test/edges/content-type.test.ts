import { expect, it } from "vitest";
import { createProxyHandler } from "../../src/proxy.ts";

const page = "app.example.com";
const upstream = "https://api.sagemaker.eu-west-1.amazonaws.com";

it.each([
  ["application/x-amz-json-1.1", 200],
  ['application/json; charset="UTF-8"', 200],
  ["application/json; charset=utf-8;", 200],
  // No space may stand there (RFC 9110, section 5.6.6), and the guard takes none.
  ["application/json; charset = utf-8", 415],
])("the proxy takes the content types of JSON that the guard takes: %s", async (type, status) => {
  const target = "SageMaker.ListModels";
  const proxy = createProxyHandler({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    upstream,
    hosts: [page],
    allow: [{ path: "/", target }],
    fetch: async () => new Response("{}"),
  });
  const headers = { "content-type": type, "x-amz-target": target };
  const request = new Request(`https://${page}/`, { method: "POST", headers, body: "{}" });
  expect((await proxy(request)).status).toBe(status);
});
