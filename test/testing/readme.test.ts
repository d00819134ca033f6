import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";

const readme = readFileSync(new URL("../../packages/testing/README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  "node:https": () => import("node:https"),
  // The hooks of node:test, collected: vitest runs this file.
  "node:test": async () => ({ after: () => undefined, afterEach: () => undefined, before: () => undefined }),
  "@aws-sdk/client-sagemaker-runtime": () => import("@aws-sdk/client-sagemaker-runtime"),
  "@aws-sdk/client-sts": () => import("@aws-sdk/client-sts"),
  "@countersign/testing": () => import("@countersign/testing"),
};

/** Runs an example unchanged, with its imports passed in. Returns what it printed. */
async function runExample(code: string): Promise<readonly unknown[][]> {
  const { code: script } = await transform(code, { loader: "ts", target: "node20" });
  const body = script.replaceAll(/^import (\{[^}]*\}) from "([^"]+)";$/gm, "const $1 = await load('$2');");
  const run = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...args: string[]
  ) => (...given: unknown[]) => Promise<void>;
  const printed: unknown[][] = [];
  const log = (...values: unknown[]): void => void printed.push(values);
  await new run("load", "console", `${body}\n//# sourceURL=${pathToFileURL("README.md").href}`)(
    (name: string) => modules[name]?.(),
    { log },
  );
  return printed;
}

describe("the README's examples", () => {
  it("are six", () => expect(blocks).toHaveLength(6));

  it("use the hooks of a runner", async () => {
    expect(await runExample(blocks[1] ?? "")).toEqual([["function"]]);
  });

  it("invoke an endpoint with the AWS SDK", async () => {
    expect(await runExample(blocks[0] ?? "")).toEqual([["hello"]]);
  });

  it("plant faults", async () => {
    expect(await runExample(blocks[2] ?? "")).toEqual([[[500, 500, 200]]]);
  });

  it("decide about a policy", async () => {
    expect(await runExample(blocks[3] ?? "")).toEqual([["explicitDeny"]]);
  });

  it("name the statement that decides", async () => {
    expect(await runExample(blocks[4] ?? "")).toEqual([["explicitDeny", "service control policy", 1, "NoModels"]]);
  });

  it("print an environment", async () => {
    const printed = (await runExample(blocks[5] ?? "")).flat();
    expect(printed).toContainEqual(expect.stringMatching(/^export AWS_ENDPOINT_URL='https:\/\/localhost:\d+'$/));
  });
});
