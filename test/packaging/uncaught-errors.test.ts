import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./workspaces.ts";

const credentials = `{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-that-is-never-printed" }`;

interface Case {
  /** The name of the error's class. */
  readonly name: string;
  readonly code: string;
  /** What a program does that ends with the error. */
  readonly program: string;
  /** The most that Node may write to stderr. */
  readonly bytes?: number;
}

/** Fifteen containers of a model: a posture finds something in each of them. */
const images = `Array.from({ length: 15 }, (_, index) => ({ Image: "docker.io/library/image:" + index, Mode: "SingleModel" }))`;

const CASES: Readonly<Record<string, Case>> = {
  signer: {
    name: "SignerError",
    code: "INVALID_URL",
    program: `import { createSigner } from "@countersign/signer";
await createSigner({ region: "eu-west-1", credentials: ${credentials} }).sign({ method: "GET", url: "no url" });`,
  },
  "signer, a source without credentials": {
    name: "SignerError",
    code: "CREDENTIALS_UNAVAILABLE",
    program: `import { createSigner } from "@countersign/signer";
const signer = createSigner({ region: "eu-west-1", credentials: async () => null });
await signer.sign({ method: "GET", url: "https://example.com/" });`,
  },
  "signer/verify": {
    name: "SignerError",
    code: "INVALID_OPTION",
    program: `import { createVerifier } from "@countersign/signer/verify"; createVerifier({});`,
  },
  broker: {
    name: "BrokerError",
    code: "INVALID_OPTION",
    program: `import { createBroker } from "@countersign/broker"; createBroker({ region: "" });`,
  },
  "broker/server": {
    name: "VendingError",
    code: "INVALID_CONFIG",
    program: `import { createBroker } from "@countersign/broker";
import { createVendingApp } from "@countersign/broker/server";
const broker = createBroker({ region: "eu-west-1", credentials: ${credentials} });
createVendingApp(broker, { grants: {} });`,
  },
  fetch: {
    name: "FetchError",
    code: "HOST_NOT_ALLOWED",
    program: `import { createSignedFetch } from "@countersign/fetch";
await createSignedFetch({ region: "eu-west-1", credentials: ${credentials} })("https://files.example.com/");`,
  },
  guard: {
    name: "GuardError",
    code: "POSTURE_BROKEN",
    bytes: 6144,
    program: `import { createGuard } from "@countersign/guard";
const guard = createGuard({ posture: "private", network: { subnets: ["subnet-0a"], vpcEndpoints: ["vpce-0a"] } });
await guard.enforce("CreateModel", { ModelName: "m", Containers: ${images} }, {});`,
  },
  proxy: {
    name: "ProxyError",
    code: "INVALID_OPTION",
    program: `import { createProxy } from "@countersign/proxy"; await createProxy({ clients: [], audti: null });`,
  },
  sagemaker: {
    name: "SageMakerError",
    code: "INVALID_ENDPOINT_NAME",
    program: `import { createSageMaker } from "@countersign/sagemaker";
await createSageMaker({ region: "eu-west-1", credentials: ${credentials} }).invoke("no name", {});`,
  },
  sdk: {
    name: "SdkError",
    code: "INVALID_OPTION",
    program: `import { countersigned } from "@countersign/sdk"; countersigned({ region: "" });`,
  },
  transport: {
    name: "TransportError",
    code: "INVALID_OPTION",
    program: `import { createTransport } from "@countersign/transport"; createTransport({ policy: "none" });`,
  },
  "transport, with what undici and Node said": {
    name: "TransportError",
    code: "CONNECTION_LOST",
    program: `import { createTransport } from "@countersign/transport";
await createTransport().request("https://127.0.0.1:1/", { method: "GET" });`,
  },
  testing: {
    name: "TestingError",
    code: "INVALID_OPTION",
    program: `import { startAws } from "@countersign/testing"; await startAws({ roles: ["no ARN"] });`,
  },
  browser: {
    name: "SageMakerError",
    code: "INVALID_ENDPOINT_NAME",
    program: `import { createInvoker } from "@countersign/browser";
await createInvoker({ region: "eu-west-1", credentials: ${credentials} }).invoke("no name", {});`,
  },
  "browser, the small file": {
    name: "SageMakerError",
    code: "INVALID_ENDPOINT_NAME",
    program: `import { createInvoker } from "@countersign/browser/small";
await createInvoker({ region: "eu-west-1", credentials: ${credentials} }).invoke("no name", {});`,
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-uncaught-"));
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How a program is made of a case: as it is, or as one file. */
const FORMS: Readonly<Record<string, (from: string, to: string) => Promise<unknown>>> = {
  "as it is": async () => undefined,
  "bundled by esbuild": (from, to) =>
    build({
      entryPoints: [from],
      outfile: to,
      bundle: true,
      format: "esm",
      platform: "node",
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
      logLevel: "silent",
    }),
  "bundled by rolldown": async (from, to) => {
    const bundle = await rolldown({ input: from, platform: "node", logLevel: "silent" });
    await bundle.write({ file: to, format: "esm", codeSplitting: false });
  },
};

/** What Node writes to stderr when a program ends with an uncaught error. */
async function stderrOf(file: string): Promise<string> {
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "" } });
  let text = "";
  for await (const chunk of child.stderr) text += String(chunk);
  return text;
}

let serial = 0;
async function run(program: string, form: string): Promise<string> {
  const file = path.join(folder, `app-${(serial += 1)}.mjs`);
  writeFileSync(file, program);
  const bundled = path.join(folder, `app-${serial}.bundled.mjs`);
  await FORMS[form]?.(file, bundled);
  return stderrOf(existsSync(bundled) ? bundled : file);
}

describe.each(Object.keys(FORMS))("kind: foreign errors are not quoted: an uncaught error, %s,", (form) => {
  it.each(Object.entries(CASES))("of %s is short, has its name and real lines", async (_, one) => {
    const printed = await run(one.program, form);
    // The line starts with the class: neither `Error [SignerError]: ` nor `a: `.
    expect(printed).toMatch(new RegExp(`^${one.name}: `, "mu"));
    expect(printed).toContain(`code: '${one.code}'`);
    expect(printed).not.toContain("secret-that-is-never-printed");
    expect(Buffer.byteLength(printed)).toBeLessThan(one.bytes ?? 2048);
    // One line of code with a caret below it, and frames that lead to lines that a person can open.
    expect(printed).toMatch(/\.m?js:\d+\n.{1,700}\n\s*\^/u);
    const frames = printed.match(/^\s+at .*$/gmu) ?? [];
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.filter((frame) => /:\d+:\d{4,}\)?$/u.test(frame))).toEqual([]);
  });
});
