import { expect, it } from "vitest";
import { createProxyHandler } from "../../src/proxy.ts";

const who = "User: arn:aws:sts::111122223333:assumed-role/app/i-0";

it.each<[string, Record<string, string>]>([
  ["a code", { "x-amzn-errortype": `ValidationError:${who}` }],
  ["a type", { "x-amzn-errortype": "ValidationError", "content-type": `text/plain; a="${who}"` }],
  ["a time to wait", { "x-amzn-errortype": "ValidationError", "retry-after": who }],
])("%s of an error loses what it quotes", async (_, headers) => {
  const proxy = createProxyHandler({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    upstream: "https://runtime.sagemaker.eu-west-1.amazonaws.com",
    hosts: ["app.example.com"],
    allow: [{ path: "/endpoints/chat/invocations" }],
    fetch: async () => new Response("{}", { status: 400, headers: { ...headers, "x-amzn-requestid": "111122223333" } }),
  });
  const answer = await proxy(
    new Request("https://app.example.com/endpoints/chat/invocations", { method: "POST", body: "{}" }),
  );
  expect([answer.status, answer.headers.get("x-amzn-requestid")]).toEqual([400, "111122223333"]);
  answer.headers.delete("x-amzn-requestid");
  expect(JSON.stringify([...answer.headers])).not.toMatch(/111122223333|arn:aws/u);
  expect(answer.headers.get("x-amzn-errortype")).toContain("ValidationError");
});
