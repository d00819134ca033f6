import { createSageMaker } from "@countersign/sagemaker";
import { createVerifier } from "@countersign/signer/verify";
import OpenAI from "openai";
import { expect, test } from "vitest";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const region = "us-west-2";

// https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html
test("the OpenAI SDK takes the token provider as its apiKey, and what it sends verifies", async () => {
  const sent: Request[] = [];
  const sagemaker = createSageMaker({ region, credentials });
  const openai = new OpenAI({
    baseURL: `https://runtime.sagemaker.${region}.amazonaws.com/endpoints/llm/openai/v1`,
    apiKey: sagemaker.bearerTokenProvider(),
    async fetch(url, init) {
      sent.push(new Request(url, init));
      return Response.json({ choices: [{ index: 0, message: { role: "assistant", content: "Hi" } }] });
    },
  });
  const answer = await openai.chat.completions.create({ model: "llm", messages: [{ role: "user", content: "Hello" }] });
  expect(answer.choices[0]?.message.content).toBe("Hi");

  const bearer = sent[0]?.headers.get("authorization") ?? "";
  expect(bearer).toMatch(/^Bearer sagemaker-api-key-/);
  const presigned = `https://${atob(bearer.replace("Bearer sagemaker-api-key-", "")).replace(/&Version=1$/, "")}`;
  const verify = createVerifier({ resolve: async () => credentials, region, service: "sagemaker" });
  const { host, pathname, search } = new URL(presigned);
  const verified = await verify({ method: "POST", url: pathname + search, headers: [["host", host]], body: "" });
  expect(verified.accessKeyId).toBe("AKIDEXAMPLE");
});
