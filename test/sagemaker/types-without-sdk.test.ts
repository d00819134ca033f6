import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");

let folder: string;
beforeEach(async () => {
  // Outside the repository, so that no @aws-sdk/client-sagemaker is found above it.
  folder = await mkdtemp(join(tmpdir(), "countersign-types-"));
  await copyFile(join(root, "packages/sagemaker/src/control-plane/operation.ts"), join(folder, "operation.ts"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--allowImportingTsExtensions"];

async function check(code: string): Promise<string> {
  await writeFile(
    join(folder, "program.ts"),
    `import type { OperationInput, OperationName, OperationOutput } from "./operation.ts";\n${code}`,
  );
  return run(process.execPath, [tsc, ...options, "program.ts"], { cwd: folder }).then(
    () => "",
    (error: { readonly stdout: string }) => error.stdout,
  );
}

test("without the AWS SDK any operation takes and gives records", async () => {
  const program = `
    export const name: OperationName = "DescribeSomething";
    export const input: OperationInput<"CreateModel"> = { Anything: 1 };
    declare const output: OperationOutput<"DescribeModel">;
    export const value: unknown = output["ModelArn"];
    export const records: Record<string, unknown> = output;`;
  expect(await check(program)).toBe("");
});

test("which is not silently any", async () => {
  const program = `
    declare const output: OperationOutput<"DescribeModel">;
    export const arn: string = output["ModelArn"];
    export const name: OperationName = 7;`;
  const errors = await check(program);
  expect(errors).toContain("'unknown' is not assignable to type 'string'");
  expect(errors).toContain("'number' is not assignable to type 'string'");
});
