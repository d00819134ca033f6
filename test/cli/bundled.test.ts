import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readText, root } from "../packaging/workspaces.ts";

const { version } = JSON.parse(readText("packages/cli/package.json")) as { readonly version: string };
const bin = path.join(root, "packages/cli/bin/countersign.mjs");
const folder = mkdtempSync(path.join(tmpdir(), "countersign-bundle-"));
const bundled = path.join(folder, "countersign.mjs");

function run(file: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], HOME: folder, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "x" };
  return execFileSync(process.execPath, [file, ...args], { encoding: "utf8", cwd: folder, env });
}

beforeAll(() =>
  build({
    entryPoints: [bin],
    bundle: true,
    platform: "node",
    format: "esm",
    // Some dependencies of dependencies are CommonJS.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    outfile: bundled,
    logLevel: "error",
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the command as one bundled file, away from its package", { timeout: 60_000 }, () => {
  it("knows its version, which is the manifest's, as the built command does", () => {
    expect(run(bin, "--version")).toBe(`${version}\n`);
    expect(run(bundled, "--version")).toBe(`${version}\n`);
  });

  it("signs", () => {
    const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
    expect(run(bundled, "sign", url, "--data", "{}")).toMatch(
      /^curl .*Credential=AKIDEXAMPLE\/.*Signature=[0-9a-f]{64}/,
    );
  });
});
