import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { beforeAll, describe, expect, it } from "vitest";
import { publicPackages } from "../../release/packages.mjs";
import { readText, root } from "../packaging/workspaces.ts";
import { tool } from "../programs.mjs";
import { runtimeBinary } from "../runtimes/binaries.ts";
import { runWorker } from "../runtimes/drivers/run-suite.ts";
import { consumers, type Packed, packedProject, writeProject } from "./packed.ts";
import { runProgram, tryProgram } from "./run-program.ts";

const require = createRequire(path.join(consumers, "package.json"));
const USE = readText("test/consumers/use.mjs");
const PRINT = `import { use } from "./use.mjs";\nconsole.log(JSON.stringify(await use()));\n`;

/** The signature is what Python's hmac makes of the canonical request. */
const EXPECTED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=ea7d36091adcfdc59d2a48afcecb8ced1f010b05d9a1a1d808092e75d82e5895",
  host: "runtime.sagemaker.eu-west-1.amazonaws.com",
  answer: { signed: true },
  refused: [true, "FetchError", "FetchError", "HOST_NOT_ALLOWED"],
  found: ["GuardError", "POSTURE_BROKEN"],
  invokers: ["function", "function"],
};

let packed: Packed;
beforeAll(async () => {
  packed = await packedProject();
}, 300_000);

const project = (name: string, files: Readonly<Record<string, string>> = {}): string =>
  writeProject(packed, name, { "use.mjs": USE, "main.mjs": PRINT, ...files });

/** Runs a program of the project and reads what it printed. */
async function printed(folder: string, command: readonly string[]): Promise<unknown> {
  return JSON.parse(await runProgram(command, { cwd: folder }));
}

const node = (folder: string, file = "main.mjs"): Promise<unknown> => printed(folder, [process.execPath, file]);

describe("the packed packages run", { timeout: 240_000 }, () => {
  it("in Node, as ES modules", async () => {
    expect(await node(project("esm"))).toEqual(EXPECTED);
  });

  it.each(["n22", "n24", "n26", "bun"] as const)("in %s", async (runtime) => {
    expect(await printed(project(runtime), [runtimeBinary(runtime), "main.mjs"])).toEqual(EXPECTED);
  });

  it("in Deno, with the packages of node_modules", async () => {
    const options = ["run", "--no-config", "--node-modules-dir=manual", "--allow-read", "--allow-env", "--allow-sys"];
    expect(await printed(project("deno"), [runtimeBinary("deno"), ...options, "main.mjs"])).toEqual(EXPECTED);
  });

  it("in workerd, bundled for Workers", async () => {
    const folder = project("workerd", {
      "worker.mjs": `import { use } from "./use.mjs";\nexport default { async fetch() { return Response.json(await use()); } };\n`,
    });
    await esbuild({
      entryPoints: [path.join(folder, "worker.mjs")],
      outfile: path.join(folder, "suite.mjs"),
      bundle: true,
      format: "esm",
      conditions: ["workerd", "worker", "browser"],
      external: ["node:*"],
      logLevel: "silent",
    });
    expect(await runWorker(folder)).toEqual(EXPECTED);
  });

  const entries = publicPackages(root).flatMap(({ name, manifest }) =>
    Object.entries(manifest["exports"] as Record<string, { readonly default: string }>)
      .filter(([entry]) => !entry.endsWith(".json"))
      .map(([entry, target]) => ({ entry: name + entry.slice(1), file: `${name}/${target.default}` })),
  );
  const importing = (names: readonly string[]): string =>
    `const loaded = await Promise.all(${JSON.stringify(names)}.map((name) => import(name)));\nconsole.log(JSON.stringify(loaded.map((entry) => Object.keys(entry).sort())));\n`;

  it("in Node, every entry of every package, by import and by require", async () => {
    const names = entries.map(({ entry }) => entry);
    const folder = project("entries", {
      "import.mjs": importing(names),
      "require.cjs": `console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => Object.keys(require(name)).filter((key) => key !== "__esModule").sort())));\n`,
    });
    const imported = (await node(folder, "import.mjs")) as string[][];
    expect(entries.length).toBeGreaterThan(15);
    expect(imported.filter((exported) => exported.length === 0)).toEqual([]);
    expect(await node(folder, "require.cjs")).toEqual(imported);
  });

  it.each(["node", "n22", "n24", "n26"] as const)(
    "in %s with the options that harden it, every entry of every package and the file that it has for other runtimes",
    async (runtime) => {
      const folder = project(`hardened-${runtime}`, {
        "import.mjs": importing(entries.map(({ entry }) => entry)),
        "files.mjs": importing(entries.map(({ file }) => `../node_modules/${path.posix.normalize(file)}`)),
      });
      const options = [
        "--disallow-code-generation-from-strings",
        "--frozen-intrinsics",
        "--disable-proto=throw",
        "--no-addons",
        runtime === "node" && process.version.startsWith("v20.") ? "--experimental-permission" : "--permission",
        "--allow-fs-read=*",
      ];
      for (const file of ["import.mjs", "files.mjs"]) {
        const imported = (await printed(folder, [runtimeBinary(runtime), ...options, file])) as string[][];
        expect(imported).toHaveLength(entries.length);
        expect(imported.filter((exported) => exported.length === 0)).toEqual([]);
      }
    },
  );
});

/** The modules of Node that a bundle names, to import them or to get them from the process: none may be left in one for pages. */
function nodeModules(file: string): string[] {
  return readFileSync(file, "utf8").match(/["'`]node:\w+/gu) ?? [];
}

describe("the packed packages are bundled", { timeout: 400_000 }, () => {
  it.each([
    ["node", { platform: "node" }],
    ["pages", { platform: "browser" }],
    ["CommonJS", { platform: "node", format: "cjs" }],
  ] as const)("by esbuild for %s", async (target, options) => {
    const folder = project(`esbuild-${target}`, {
      // CommonJS has no await at its top.
      "main.mjs": `import { use } from "./use.mjs";
use().then((given) => console.log(JSON.stringify(given)));
`,
    });
    const outfile = path.join(folder, options.platform === "node" && "format" in options ? "out.cjs" : "out.mjs");
    await esbuild({
      entryPoints: [path.join(folder, "main.mjs")],
      outfile,
      bundle: true,
      minify: true,
      format: "esm",
      logLevel: "silent",
      ...options,
    });
    expect(nodeModules(outfile).length > 0).toBe(target !== "pages");
    expect(await node(folder, outfile)).toEqual(EXPECTED);
  });

  it("by esbuild, minified, and loggers still print the names of errors", async () => {
    const folder = project("pino", {
      "log.mjs": `import { inspect } from "node:util";
import { pino } from ${JSON.stringify(require.resolve("pino"))};
import { SignerError } from "@countersign/signer";
const error = new SignerError("INVALID_URL", "url: must be absolute");
console.log(JSON.stringify([pino.stdSerializers.err(error).type, inspect(error).split("\\n")[0]]));
`,
    });
    const outfile = path.join(folder, "out.mjs");
    await esbuild({
      entryPoints: [path.join(folder, "log.mjs")],
      outfile,
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      external: [require.resolve("pino")],
      logLevel: "silent",
    });
    expect(await node(folder, outfile)).toEqual(["SignerError", "SignerError: url: must be absolute"]);
  });

  it("by rolldown", async () => {
    const folder = project("rolldown");
    const bundle = await rolldown({ input: path.join(folder, "main.mjs"), platform: "node", logLevel: "silent" });
    await bundle.write({ file: path.join(folder, "out.mjs"), format: "esm", codeSplitting: false });
    expect(await node(folder, "out.mjs")).toEqual(EXPECTED);
  });

  it.each(["node20", "web"])("by webpack for %s", async (target) => {
    const folder = project(`webpack-${target}`);
    const webpack = require("webpack") as (
      options: object,
      done: (error: Error | null, stats: { hasErrors(): boolean; hasWarnings(): boolean; toString(): string }) => void,
    ) => void;
    const outcome = await new Promise<string>((resolve, reject) => {
      const options = {
        mode: "production",
        target,
        context: folder,
        entry: "./main.mjs",
        output: { path: path.join(folder, "dist"), filename: "out.mjs", module: true, chunkFormat: "module" },
        experiments: { outputModule: true },
        performance: { hints: false },
      };
      webpack(options, (error, stats) => {
        if (error) reject(error);
        else resolve(stats.hasErrors() || stats.hasWarnings() ? stats.toString() : "");
      });
    });
    expect(outcome).toBe("");
    expect(nodeModules(path.join(folder, "dist/out.mjs")).length > 0).toBe(target !== "web");
    expect(await node(folder, "dist/out.mjs")).toEqual(EXPECTED);
  });

  it("by Vite for pages", async () => {
    const folder = project("vite");
    const vite = (await import(pathToFileURL(require.resolve("vite")).href)) as {
      build(options: object): Promise<unknown>;
    };
    await vite.build({
      root: folder,
      logLevel: "error",
      configFile: false,
      build: {
        lib: { entry: path.join(folder, "main.mjs"), formats: ["es"], fileName: () => "out.mjs" },
        target: "es2022",
      },
    });
    expect(nodeModules(path.join(folder, "dist/out.mjs"))).toEqual([]);
    expect(await node(folder, "dist/out.mjs")).toEqual(EXPECTED);
  });

  it("by Next, for its server and its pages", async () => {
    for (const name of ["next", "react", "react-dom"]) {
      const link = path.join(packed.folder, "node_modules", name);
      if (!readdirSync(path.dirname(link)).includes(name))
        symlinkSync(path.join(consumers, "node_modules", name), link, "junction");
    }
    const folder = project("next", {
      "package.json": JSON.stringify({ private: true, type: "module" }),
      "next.config.mjs": "export default { typescript: { ignoreBuildErrors: true } };\n",
      "app/layout.jsx":
        "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
      // Rendered while the site is built: what it says is in the page.
      "app/page.jsx": `import { use } from "../use.mjs";\nimport { Client } from "./client.jsx";\nexport default async function Page() { return <main id="server">{(await use()).authorization}<Client /></main>; }\n`,
      "app/client.jsx": `"use client";\nimport { use } from "../use.mjs";\nexport function Client() { return <button onClick={() => use()}>use</button>; }\n`,
    });
    mkdirSync(path.join(folder, "public"), { recursive: true });
    await runProgram([...tool("next", { from: consumers }), "build", "--webpack"], {
      cwd: folder,
      env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
    });
    const page = readFileSync(path.join(folder, ".next/server/app/index.html"), "utf8");
    expect(page).toContain(EXPECTED.authorization);
  });
});

/** A service that takes a role, calls an endpoint and prints the answer, on a local AWS that is not part of the bundle. */
const SERVICE = `import { createBroker } from "@countersign/broker";
import { createSageMaker } from "@countersign/sagemaker";
import { createTransport } from "@countersign/transport";
import { startAws } from "@countersign/testing";

async function main() {
  const { region, url, ca, user, role, close } = await startAws({ roles: ["scorer"] });
  const endpoint = { url: url.all };
  const transport = createTransport({ ca });
  const broker = createBroker({ region, endpoint, transport, credentials: user });
  const credentials = broker.role({ roleArn: role("scorer").arn });
  const sagemaker = createSageMaker({ region, endpoint, transport, credentials });
  console.log(JSON.stringify((await sagemaker.invoke("churn", { score: 0.7 })).json()));
  for (const part of [sagemaker, broker, transport]) await part.close();
  await close();
}
main();
`;

describe("a service with a broker is bundled", { timeout: 240_000 }, () => {
  const [banner = ""] = /import \{ createRequire \} [^`]+/u.exec(readText("docs/troubleshooting.md")) ?? [];

  it.each([
    ["CommonJS", "cjs", ""],
    ["ES modules, with the banner of docs/troubleshooting.md", "esm", banner],
  ] as const)("by esbuild as %s", async (_, format, js) => {
    const folder = project(`service-${format}`, { "service.mjs": SERVICE });
    const outfile = path.join(folder, format === "cjs" ? "out.cjs" : "out.mjs");
    await esbuild({
      entryPoints: [path.join(folder, "service.mjs")],
      outfile,
      bundle: true,
      minify: true,
      platform: "node",
      format,
      banner: { js },
      external: ["@countersign/testing"],
      logLevel: "silent",
    });
    expect(await node(folder, outfile)).toEqual({ score: 0.7 });
  });

  it.each(["esm", "cjs"] as const)("by rolldown as one file: %s", async (format) => {
    const folder = project(`service-rolldown-${format}`, { "service.mjs": SERVICE });
    const outfile = path.join(folder, format === "cjs" ? "out.cjs" : "out.mjs");
    const input = path.join(folder, "service.mjs");
    const external = ["@countersign/testing"];
    const bundle = await rolldown({ input, external, platform: "node", logLevel: "silent" });
    await bundle.write({ file: outfile, format, codeSplitting: false });
    expect(await node(folder, outfile)).toEqual({ score: 0.7 });
  });
});

describe("jest", { timeout: 240_000 }, () => {
  it("runs CommonJS tests with the configuration of docs/jest.md", async () => {
    const { fencesOf } = await import("../docs/fences.mjs");
    const files = Object.fromEntries(
      fencesOf(readText("docs/jest.md"))
        .filter(({ name }) => name !== "")
        .map(({ name, code }) => [name, code]),
    );
    const folder = writeProject(packed, "jest", { "package.json": `{ "private": true }`, ...files });
    const link = path.join(packed.folder, "node_modules", "esbuild");
    if (!readdirSync(path.dirname(link)).includes("esbuild"))
      symlinkSync(path.join(root, "node_modules", "esbuild"), link, "junction");
    const command = [...tool("jest", { from: consumers }), "--ci", "--rootDir", folder];
    const { code, stderr } = await tryProgram(command, { cwd: folder });
    expect(stderr).toMatch(/Tests: +3 passed, 3 total/u);
    expect(code).toBe(0);
  });
});
