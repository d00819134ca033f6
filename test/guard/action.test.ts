import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly env: Record<string, string>; readonly run: string }[];
  };
}

const action = parse(
  readFileSync(new URL("../../.github/actions/guard/action.yml", import.meta.url), "utf8"),
) as Action;
const command = fileURLToPath(new URL("../../packages/cli/bin/countersign.mjs", import.meta.url));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-action-"));
  // Stands for npx, which would fetch the package: the rest of its command line goes to the command of this checkout.
  writeFileSync(join(folder, "npx"), `#!/usr/bin/env bash\nshift 2\nexec "${process.execPath}" "${command}" "$@"\n`);
  chmodSync(join(folder, "npx"), 0o755);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the steps of the action as a runner does: inputs with their defaults, as environment variables. */
async function run(inputs: Readonly<Record<string, string>>): Promise<{ code: number; out: string; sarif: string }> {
  const [step] = action.runs.steps;
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value)?.[1] ?? "";
      return [name, inputs[input] ?? action.inputs[input]?.default ?? ""];
    }),
  );
  const output = join(folder, "output");
  writeFileSync(output, "");
  const { code, out } = await new Promise<{ code: number; out: string }>((resolve) => {
    execFile(
      "bash",
      ["--noprofile", "--norc", "-e", "-c", step?.run ?? ""],
      { cwd: folder, env: { ...env, PATH: `${folder}:${process.env["PATH"] ?? ""}`, GITHUB_OUTPUT: output } },
      (error, stdout) => resolve({ code: error === null ? 0 : Number(error.code), out: stdout }),
    );
  });
  const [, sarif = ""] = /^sarif=(.*)$/m.exec(readFileSync(output, "utf8")) ?? [];
  return { code, out, sarif: readFileSync(join(folder, sarif), "utf8") };
}

const template = (isolation: string) => `Parameters: { Iso: { Type: String } }
Resources:
  M:
    Type: AWS::SageMaker::Model
    Properties:
      EnableNetworkIsolation: ${isolation}
      VpcConfig: { Subnets: [subnet-0a, subnet-0b], SecurityGroupIds: [sg-0a] }
`;

describe("the GitHub Action", () => {
  it("is composite, and puts no input into its script", () => {
    expect(action.runs.using).toBe("composite");
    for (const { run: script } of action.runs.steps) expect(script).not.toContain("${{");
  });

  it("fails for findings, with a SARIF log and a table", async () => {
    writeFileSync(join(folder, "bad.yaml"), template("false"));
    writeFileSync(join(folder, "a b.yaml"), template("true"));
    const { code, out, sarif } = await run({ files: "bad.yaml\na b.yaml\n" });
    expect(code).toBe(1);
    expect(out).toContain("network-isolation  bad.yaml:6:7");
    expect(JSON.parse(sarif)).toMatchObject({ runs: [{ results: [{ ruleId: "network-isolation" }] }] });
  });

  it("passes without findings, takes parameters, and runs nothing that an input says", async () => {
    writeFileSync(join(folder, "open.yaml"), template("!Ref Iso"));
    expect((await run({ files: "open.yaml" })).code).toBe(1);
    expect((await run({ files: "open.yaml", unjudged: "warn" })).code).toBe(0);
    expect((await run({ files: "open.yaml", parameters: "Iso=true", sarif: "x.sarif" })).code).toBe(0);
    const { code } = await run({ files: "open.yaml", parameters: "Iso=$(touch hacked)" });
    expect(code).toBe(1);
    expect(() => readFileSync(join(folder, "hacked"))).toThrow(/ENOENT/);
  });
});
