import { createSignedFetch } from "@countersign/fetch";
import { afterEach, describe, expect, it } from "vitest";
import { readText, workspaces } from "../packaging/workspaces.ts";
import { fencesOf } from "./fences.mjs";
import { examplesOf, runExample } from "../fetch/examples.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

const services = await examplesOf("docs/services.md");
const moving = await examplesOf("docs/moving.md");

const { fetch: globalFetch } = globalThis;
afterEach(() => {
  globalThis.fetch = globalFetch;
});

/** Runs an example whose requests end here, and returns what was logged and the scope of each signature. */
async function follow(example: (typeof services)[number]): Promise<{ logged: unknown; scopes: string[] }> {
  const scopes: string[] = [];
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    scopes.push(
      /Credential=AKIDEXAMPLE\/\d{8}\/([^,]*)\/aws4_request/u.exec(request.headers.get("authorization") ?? "")?.[1] ??
        "",
    );
    return new Response("{}");
  };
  const logged = await runExample(example, { credentials });
  return { logged, scopes };
}

describe("docs/services.md", () => {
  it.each([
    ["Bedrock", "eu-west-1/bedrock"],
    ["DynamoDB", "eu-west-1/dynamodb"],
    ["API Gateway", "eu-west-1/execute-api"],
    ["OpenSearch", "eu-west-1/es"],
    ["R2", "auto/s3"],
  ])("%s is signed as %s", async (title, scope) => {
    const example = services.find((one) => one.title === title);
    const { logged, scopes } = await follow(example ?? { title, code: "" });
    expect({ logged, scopes }).toEqual({ logged: [[200]], scopes: [scope] });
    expect(services).toHaveLength(5);
  });

  it("one error says all that another service needs", async () => {
    const signed = createSignedFetch({ region: "eu-west-1", credentials });
    await expect(signed("https://bedrock-runtime.eu-west-1.amazonaws.com/")).rejects.toMatchObject({
      code: "HOST_NOT_ALLOWED",
      message: expect.stringMatching(
        /allowedHosts: \["bedrock-runtime\.eu-west-1\.amazonaws\.com"\].*region.*service/u,
      ),
    });
  });
});

describe("docs/moving.md", () => {
  it("from aws4fetch: both clients sign the same request", async () => {
    const [first, second] = moving.filter(({ title }) => title.startsWith("From aws4fetch"));
    for (const example of [first, second]) {
      const { logged, scopes } = await follow(example ?? { title: "", code: "" });
      expect({ logged, scopes }).toEqual({ logged: [[200]], scopes: ["eu-west-1/sagemaker"] });
    }
  });

  it("from the SDK's default chain: its provider signs", async () => {
    const example = moving.find(({ title }) => title.startsWith("From the SDK"));
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    process.env["AWS_ACCESS_KEY_ID"] = credentials.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = credentials.secretAccessKey;
    try {
      expect(await runExample(example ?? { title: "", code: "" }, {})).toEqual([[true]]);
    } finally {
      if (AWS_ACCESS_KEY_ID === undefined) delete process.env["AWS_ACCESS_KEY_ID"];
      else process.env["AWS_ACCESS_KEY_ID"] = AWS_ACCESS_KEY_ID;
      if (AWS_SECRET_ACCESS_KEY === undefined) delete process.env["AWS_SECRET_ACCESS_KEY"];
      else process.env["AWS_SECRET_ACCESS_KEY"] = AWS_SECRET_ACCESS_KEY;
    }
    expect(moving).toHaveLength(3);
  });
});

it("docs/troubleshooting.md names only codes that exist", () => {
  const codes = [...readText("docs/troubleshooting.md").matchAll(/^\| (`[A-Z][A-Za-z_`, ]+) \|/gmu)].flatMap(
    ([, cell = ""]) => cell.match(/\w+/gu) ?? [],
  );
  const sources = workspaces().flatMap((workspace) => workspace.sources);
  const known = sources.map((file) => readText(file)).join("\n");
  expect(codes.length).toBeGreaterThan(18);
  expect(codes.filter((code) => !known.includes(`"${code}"`))).toEqual([]);
});

it("docs/troubleshooting.md leads to every code of every error class", () => {
  const page = readText("docs/troubleshooting.md");
  const [, index = ""] = page.split("## Every other code");
  const tables = new Map(
    [...index.matchAll(/\[`(\w+)`\]\(([^)#]+)/gu)].map(([, name = "", file = ""]) => [
      name,
      readText(file.startsWith("../") ? file.slice(3) : `docs/${file}`),
    ]),
  );
  const unions = workspaces()
    .flatMap(({ sources }) => sources.map(readText))
    .flatMap((source) => [...source.matchAll(/^export type (\w+Error)Code =((?:(?!\n\n)[^])*?"\w+");$/gmu)]);
  // `SageMakerError` has AWS's codes too, in lists: a test of its package compares them with its README.
  const described = [...tables.keys()].filter((name) => name !== "SageMakerError");
  expect(new Set(unions.map(([, name]) => name))).toEqual(new Set(described));
  for (const [, name = "", union = ""] of unions) {
    const table = tables.get(name) ?? "";
    const codes = [...union.matchAll(/"(\w+)"/gu)].map(([, code = ""]) => code);
    expect(codes.filter((code) => !table.includes(code) && !page.includes(`\`${code}\``))).toEqual([]);
    expect(codes.length).toBeGreaterThan(1);
  }
});

it("packages/browser/README.md: the client made of parts signs with vended credentials", async () => {
  const code = fencesOf(readText("packages/browser/README.md")).find(({ language }) => language === "js")?.code ?? "";
  const asked: string[] = [];
  globalThis.fetch = async (input, init) => {
    const { url, headers } = new Request(input, init);
    asked.push(`${new URL(url).host} ${(headers.get("authorization") ?? "").slice(0, 37)}`);
    if (!url.startsWith("https://broker.example.com/")) return new Response("{}");
    return Response.json({ ...credentials, sessionToken: "token", expiration: new Date(Date.now() + 900_000) });
  };
  const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
  const send = `console.log((await signed(${JSON.stringify(url)}, { method: "POST", body: "{}" })).status);`;
  const example = { title: "", code: `${code}${send}` };
  expect(await runExample(example, { getToken: async () => "token-of-the-user" })).toEqual([[200]]);
  expect(asked).toEqual([
    "broker.example.com Bearer token-of-the-user",
    "runtime.sagemaker.eu-west-1.amazonaws.com AWS4-HMAC-SHA256 Credential=AKIDEXAMP",
  ]);
});
