import https from "node:https";
import { afterEach, describe, expect, it } from "vitest";
import { asAws, type Arrived } from "./as-aws.ts";
import { examplesOf, runExample } from "./examples.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const HOST = "runtime.sagemaker.eu-west-1.amazonaws.com";

/** The model container: it answers chats, and repeats every other input. */
function model(request: Arrived, response: Parameters<Parameters<typeof asAws>[1]>[1]): void {
  response.setHeader("content-type", "application/json");
  const input = request.body.length === 0 ? {} : (JSON.parse(request.body.toString()) as Record<string, unknown>);
  if (!request.url.endsWith("/openai/v1/chat/completions")) {
    response.end(JSON.stringify({ echoed: input["inputs"] ?? null }));
    return;
  }
  response.end(
    JSON.stringify({
      id: "1",
      object: "chat.completion",
      created: 1,
      model: "chat",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
}

const { globalAgent } = https;
afterEach(() => {
  https.globalAgent = globalAgent;
});

const said: Readonly<Record<string, unknown>> = {
  "OpenAI SDK": "Hi",
  "Vercel AI SDK": "Hi",
  ky: { echoed: "Hello" },
  ofetch: { echoed: "Hello" },
  axios: { echoed: "Hello" },
  got: { echoed: "Hello" },
  "Hono: a proxy for your pages": { echoed: "Hello" },
};

describe("docs/recipes.md", async () => {
  const examples = await examplesOf("docs/recipes.md");

  it("has the recipes that are promised", () => {
    expect(examples.map(({ title }) => title)).toEqual(Object.keys(said));
  });

  it.each(examples.map((example) => [example.title, example] as const))(
    "%s signs its request",
    async (title, example) => {
      await using aws = await asAws({ [credentials.accessKeyId]: credentials }, model);
      https.globalAgent = aws.agent;
      expect(await runExample(example, { credentials })).toEqual([[said[title]]]);
      expect(aws.refused).toEqual([]);
      expect(aws.arrived).toHaveLength(1);
      expect(aws.arrived[0]).toMatchObject({ method: "POST", host: HOST });
      expect(aws.arrived[0]?.verified).toMatchObject({ service: "sagemaker", region: "eu-west-1" });
    },
  );
});

describe("packages/fetch/README.md", async () => {
  const examples = await examplesOf("packages/fetch/README.md");

  it.each(examples.map((example) => [example.title, example] as const))(
    "%s: runs as printed",
    async (_title, example) => {
      await using aws = await asAws({ [credentials.accessKeyId]: credentials }, model);
      const agentOptions = { connect: aws.connect };
      const logged = await runExample(example, { credentials, agentOptions });
      expect(logged).toEqual(example.code.includes("console.log") ? [[200, { echoed: "Hello" }]] : []);
      const sends = /await (?:signed|request|proxy)\(/u.test(example.code);
      expect(aws.arrived).toHaveLength(sends ? 1 : 0);
      expect(aws.refused).toEqual([]);
    },
  );
});
