import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import * as signer from "@countersign/signer";
import * as verifying from "@countersign/signer/verify";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

/** Runs an example as it stands; its import and its credentials are handed in. Returns what it printed. */
async function run(example: string, more: Readonly<Record<string, unknown>> = {}): Promise<readonly unknown[]> {
  const { code } = await transform(example, { loader: "ts" });
  const body = code.replaceAll(
    /^import (\{[^}]*\}) from "@countersign\/signer(?:\/verify)?";$/gm,
    "const $1 = library;",
  );
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...source: string[]
  ) => (...given: unknown[]) => Promise<void>;
  const printed: unknown[] = [];
  const log = (...values: unknown[]): void => void printed.push(...values);
  const given = { library: { ...signer, ...verifying }, credentials, console: { log }, ...more };
  await new AsyncFunction(...Object.keys(given), body)(...Object.values(given));
  return printed;
}

describe("the README's examples", () => {
  it("are three", () => expect(examples).toHaveLength(3));

  it("sign a request", async () => {
    expect(await run(examples[0] ?? "")).toEqual([
      "POST",
      "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations",
      expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sagemaker\/aws4_request, /),
      '{"inputs":"hello"}',
    ]);
  });

  it("prepare requests", async () => {
    expect((await run(examples[1] ?? "")).at(-1)).toBe(4);
  });
});

describe("the README's receiving side", () => {
  it("verifies what was signed", async () => {
    const made = signer.createSigner({ region: "eu-west-1", credentials });
    const { method, url, headers, body } = made.signSync({ method: "POST", url: "https://h.example/a", body: "b" });
    const keys = new Map([[credentials.accessKeyId, credentials]]);
    const received = { method, url: "/a", headers: { host: "h.example", ...headers }, body, keys };
    expect(url).toBe("https://h.example/a");
    expect(await run(examples[2] ?? "", received)).toEqual(["AKIDEXAMPLE"]);
  });
});

describe("the README", () => {
  it("is short, without the tables that the benchmarks write", () => {
    const prose = readme.replace(/<!-- bench:start -->[^]*?<!-- bench:end -->/u, "");
    expect(prose.split("\n").length).toBeLessThanOrEqual(150);
  });

  it("names every error code and every event", () => {
    const source = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    const codes = [...source("errors/error.ts").matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code]) => code);
    const map = source("events/event.ts").split("export interface CountersignEventMap {")[1]?.split("\n}\n")[0] ?? "";
    const events = [...map.matchAll(/^ {2}"?([a-z.]+)"?: \{/gm)].map(([, name]) => name);
    expect(codes.length).toBeGreaterThan(10);
    expect(events.length).toBeGreaterThan(15);
    for (const name of [...codes, ...events]) expect(readme).toContain(`\`${name}\``);
  });
});
