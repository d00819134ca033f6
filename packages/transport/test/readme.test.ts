import { readFileSync } from "node:fs";
import https from "node:https";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import * as transportPackage from "../src/index.ts";
import { useParts } from "./parts.ts";

const parts = useParts();
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);

/** Runs an example as it stands and answers with what it prints. `url`, `ca`, `key` and `cert` are given. */
async function run(code: string): Promise<unknown[][]> {
  const { url } = await parts.server();
  const importless = code
    .replaceAll(/^import (\{[^}]+\}) from "@countersign\/transport";$/gm, "")
    .replaceAll(/^import https from "node:https";$/gm, "");
  const { code: script } = await transform(`async () => {${importless}}`, { loader: "ts", target: "es2022" });
  const printed: unknown[][] = [];
  const print = (...values: unknown[]): unknown => printed.push(values);
  const given: Readonly<Record<string, unknown>> = {
    ...transportPackage,
    https,
    url,
    ca: parts.authority.root.cert,
    key: parts.identity.key,
    cert: parts.identity.cert,
    console: { log: print, error: print },
  };
  // eslint-disable-next-line typescript/no-implied-eval
  const program = new Function(...Object.keys(given), `return (${script.replace(/;\s*$/, "")})()`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await program(...Object.values(given));
  return printed;
}

const expected: readonly unknown[][] = [
  [200, "POST /"],
  [200, 200, "TLSv1.3", expect.stringMatching(/^TLS_/), true],
  [3, expect.any(Number)],
  [expect.arrayContaining(["TLS_AES_128_GCM_SHA256"]), false],
  ["TLS_CERTIFICATE_INVALID", "handshake", false],
];

describe("README", () => {
  it("stays within 150 lines, and each of its examples is run here", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(150);
    expect(examples).toHaveLength(expected.length);
  });

  it.each(examples.map((code, n) => [n + 1, code] as const))("example %i", async (n, code) => {
    expect(await run(code)).toEqual([expected[n - 1]]);
  });

  it("names every code of the errors", () => {
    const source = readFileSync(new URL("../src/errors/error.ts", import.meta.url), "utf8");
    const codes = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
  });
});
