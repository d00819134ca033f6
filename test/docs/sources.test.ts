import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import * as broker from "@countersign/broker";
import * as testing from "@countersign/testing";
import * as transport from "@countersign/transport";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { readText, root } from "../packaging/workspaces.ts";
import { fencesOf } from "./fences.mjs";

const document = readText("docs/sources.md");
const rows = [...document.matchAll(/^\| `([a-z\d_]+)` \| (yes|no) \| [^|]+ \| (?:`([^`]+)` )?\|$/gmu)].map(
  ([, key = "", read = "", test]) => ({ key, read, test }),
);
const folder = "packages/broker/src/sources";
const source = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readText(path.join(folder, file)))
  .join("\n");

it("docs/sources.md: a certificate becomes credentials of a role, end to end", async () => {
  const block = fencesOf(document).find(({ notRun, language }) => notRun === undefined && language === "ts");
  const { code } = await transform(block?.code ?? "", { loader: "ts", target: "es2022" });
  const body = code.replaceAll(/^import (\{[^}]*\}) from "@countersign\/(\w+)";$/gmu, "const $1 = library.$2;");
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...given: string[]
  ) => (library: object, console: object) => Promise<void>;
  const printed: unknown[] = [];
  const log = (...values: unknown[]): void => void printed.push(...values);
  await new AsyncFunction("library", "console", body)({ broker, testing, transport }, { log });
  expect(printed).toEqual([expect.stringMatching(/^ASIA/u), "123456789012"]);
});

describe("docs/sources.md: the table of keys", () => {
  it("has every key of AWS's reference, each once", () => {
    const keys = rows.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(50);
  });

  it.each(rows)("$key: read is $read, which is what the source does", ({ key, read }) => {
    expect(new RegExp(`["']${key}["']`, "u").test(source)).toBe(read === "yes");
  });

  it.each(rows.filter(({ read }) => read === "yes"))("$key has a test that sets it", ({ key, test = "" }) => {
    const file = test.includes("/") ? test : `packages/broker/test/sources/${test}`;
    expect(existsSync(path.join(root, file)), `${file} exists`).toBe(true);
    expect(readText(file)).toContain(key);
  });

  const hasBotocore = spawnSync("python3", ["-c", "import botocore.configprovider"]).status === 0;
  if (!hasBotocore) console.warn("python3 has no botocore: its list of keys is not compared (SKIPPED).");

  it.runIf(hasBotocore)("has every key that botocore reads, except those of its own client", () => {
    const script =
      "import json, botocore.configprovider as c; " +
      "print(json.dumps([v[0] for v in c.BOTOCORE_DEFAUT_SESSION_VARIABLES.values() if v[0]]))";
    const known = JSON.parse(execFileSync("python3", ["-c", script], { encoding: "utf8" })) as string[];
    const own = /^(?:csm_|data_path$|imds_use_ipv6$)/u;
    const missing = known.filter((key) => !own.test(key) && !rows.some((row) => row.key === key));
    expect(missing).toEqual([]);
  });

  it("names each difference from botocore that the comparison knows", () => {
    const oracle = readText("test/broker/sources-oracle.test.ts");
    const known = [...oracle.matchAll(/why: "(botocore [^"]+)"/gu)].map(([, why = ""]) => why);
    expect(known.length).toBeGreaterThan(2);
    for (const why of known) expect(document).toContain(`| ${why} |`);
  });
});
