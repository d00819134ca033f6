import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as sagemakerPackage from "../src/index.ts";
import { type LocalAws, startLocalAws } from "./local-aws.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
const packages: Readonly<Record<string, object>> = { "@countersign/sagemaker": sagemakerPackage };

const example = (index: number): string => examples[index] ?? "";

let local: LocalAws;
beforeAll(async () => {
  local = await startLocalAws();
});
beforeEach(() => local.aws.reset());
afterAll(() => local[Symbol.asyncDispose]());

/** Runs an example as it stands, with the names that it takes for granted. */
async function run(code: string, given: Readonly<Record<string, unknown>>): Promise<unknown[][]> {
  const importless = code.replaceAll(
    /^import (\{[^}]+\}) from "([^"]+)";$/gm,
    (_, names: string, from: string) => `const ${names} = packages[${JSON.stringify(from)}];`,
  );
  const { code: script } = await transform(`async () => {${importless}}`, { loader: "ts", target: "es2022" });
  const printed: unknown[][] = [];
  const console = {
    log: (...values: unknown[]) => printed.push(values),
    error: (...values: unknown[]) => printed.push(values),
  };
  const names = { packages, console, ...given };
  // eslint-disable-next-line typescript/no-implied-eval
  const program = new Function(...Object.keys(names), `return (${script.replace(/;\s*$/, "")})()`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await program(...Object.values(names));
  return printed;
}

/** `createSageMaker` for the local AWS, where an example makes its own client. */
function localPackage(): Readonly<Record<string, object>> {
  const createSageMaker = (): unknown => local.client();
  return { "@countersign/sagemaker": { ...sagemakerPackage, createSageMaker } };
}

test("has the examples that are run here, and stays within 180 lines", () => {
  expect(examples).toHaveLength(5);
  // The tables between these marks are written by the benchmarks.
  const prose = readme.replace(/<!-- bench:start -->[^]*?<!-- bench:end -->/u, "");
  expect(prose.split("\n").length).toBeLessThanOrEqual(170);
});

test("names each of the package's own error codes, and no other", () => {
  const source = readFileSync(new URL("../src/core/error.ts", import.meta.url), "utf8");
  const [union = ""] = /type SageMakerLocalCode =[^;]*;/.exec(source) ?? [];
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(20);
  const named = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(named.toSorted()).toEqual(codes.toSorted());
});

test("the first example", async () => {
  const given = { packages: localPackage(), region: local.aws.region, credentials: local.aws.user };
  expect(await run(example(0), given)).toEqual([[{ age: 42, plan: "basic" }]]);
});

test("the example of invoke, when the model answers and when it fails", async () => {
  const sagemaker = local.client();
  expect(await run(example(1), { sagemaker })).toEqual([["42,basic", "AllTraffic", expect.stringMatching(/./)]]);
  local.aws.endpoint("churn", { modelError: { status: 500, message: "out of memory" } });
  expect(await run(example(1), { sagemaker })).toMatchObject([[500, "out of memory", expect.anything()]]);
});

test("the example of invokeStream", async () => {
  local.aws.endpoint("llm", { parts: ['data: {"token":"Hel', 'lo"}\n\ndata: [DONE]'] });
  expect(await run(example(2), { sagemaker: local.client() })).toEqual([[{ token: "Hello" }]]);
});

test("the example of everything else", async () => {
  const sagemaker = local.client({ endpoint: { url: local.aws.url.all } });
  const ExecutionRoleArn = "arn:aws:iam::123456789012:role/execution";
  await sagemaker.call("CreateModel", { ModelName: "churn", ExecutionRoleArn });
  await sagemaker.call("CreateEndpointConfig", {
    EndpointConfigName: "churn",
    ProductionVariants: [{ VariantName: "a", ModelName: "churn" }],
  });
  await sagemaker.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "churn" });
  local.aws.endpoint("batch", { body: { done: true } });
  local.aws.object("s3://bucket/input.json", "{}");
  expect(await run(example(4), { sagemaker })).toMatchObject([
    [expect.stringMatching(/^s3:/), { done: true }],
    [[{ ModelName: "churn" }]],
  ]);
});
