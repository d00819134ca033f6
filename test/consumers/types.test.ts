import { beforeAll, describe, expect, it } from "vitest";
import { publicPackages } from "../../release/packages.mjs";
import { tool } from "../programs.mjs";
import { root } from "../packaging/workspaces.ts";
import { consumers, lend, type Packed, packedProject, writeProject } from "./packed.ts";
import { tryProgram } from "./run-program.ts";

/** The oldest supported compiler, the last one written in TypeScript, and the one that this project uses. */
const COMPILERS = ["typescript-5.7", "typescript-5.9", "typescript-7"];

const RESOLUTIONS: Readonly<Record<string, object>> = {
  node16: { module: "node16", moduleResolution: "node16" },
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

/** Packages for Node alone: their declarations name Node's types. */
const NODE_ONLY = new Set([
  "countersign",
  "@countersign/broker",
  "@countersign/transport",
  "@countersign/proxy",
  "@countersign/testing",
]);

const PLATFORMS: Readonly<Record<string, { readonly options: object; readonly node: boolean }>> = {
  "Node's types and no DOM": { options: { lib: ["es2022"], types: ["node"] }, node: true },
  "Node's types and the DOM": { options: { lib: ["es2022", "dom", "dom.iterable"], types: ["node"] }, node: true },
  "the DOM alone": { options: { lib: ["es2022", "dom", "dom.iterable"], types: [] }, node: false },
};

/** Every entry of every package that runs on the platform. */
function entries(node: boolean): string[] {
  return publicPackages(root)
    .filter(({ name }) => node || !NODE_ONLY.has(name))
    .flatMap(({ name, manifest }) =>
      Object.keys(manifest["exports"] as object)
        .filter((entry) => !entry.endsWith(".json"))
        .map((entry) => name + entry.slice(1)),
    );
}

/** Uses that only compile when the declarations were found and are precise. */
const USE = `
import { createSigner, type Signer, SignerError } from "@countersign/signer";
import { createSignedFetch } from "@countersign/fetch";
import { createInvoker } from "@countersign/sagemaker";
import { createSignedFetch as createPageFetch } from "@countersign/browser";
import { createSignedFetch as createSmallFetch } from "@countersign/browser/small";
const credentials = { accessKeyId: "a", secretAccessKey: "b" };
export const signer: Signer = createSigner({ region: "eu-west-1", credentials });
// @ts-expect-error: the region must be text
createSigner({ region: 1, credentials });
export const status: Promise<number> = createSignedFetch({ region: "eu-west-1", credentials })("https://a.example").then((response) => response.status);
createPageFetch({ region: "eu-west-1", credentials, onEvent: () => {}, retry: { attempts: 5 } });
// @ts-expect-error: the small file reports nothing
createSmallFetch({ region: "eu-west-1", credentials, onEvent: () => {} });
export const answer: Promise<string> = createInvoker({ region: "eu-west-1", credentials }).invoke("e", {}).then((given) => given.text());
export const code = (error: unknown): "INVALID_URL" | undefined =>
  error instanceof SignerError && error.code === "INVALID_URL" ? error.code : undefined;
`;

let packed: Packed;
beforeAll(async () => {
  packed = await packedProject();
  lend(packed, "@types/node");
  lend(packed, "undici-types");
}, 300_000);

const STRICT = {
  target: "es2022",
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
};

/** Every combination with the compiler of today; with the older and slower ones each of both once. */
function combinations(compiler: string): { readonly resolution: string; readonly platform: string }[] {
  const platforms = Object.keys(PLATFORMS);
  return Object.keys(RESOLUTIONS).flatMap((resolution, index) =>
    (compiler === "typescript-7" ? platforms : platforms.slice(index, index + 1)).map((platform) => ({
      resolution,
      platform,
    })),
  );
}

describe.each(COMPILERS)("kind: what the docs show is executed: declarations under %s", (compiler) => {
  it.each(combinations(compiler))(
    "compile with resolution $resolution and $platform",
    { timeout: 240_000 },
    async ({ resolution, platform }) => {
      const { options, node } = PLATFORMS[platform] ?? { options: {}, node: true };
      const chosen = RESOLUTIONS[resolution];
      const imports = entries(node).map((name, index) => `export * as entry${index} from ${JSON.stringify(name)};`);
      const project = writeProject(packed, `types-${compiler}-${resolution}-${platform.replaceAll(/\W/gu, "")}`, {
        "use.mts": USE,
        "entries.mts": imports.join("\n"),
        "tsconfig.json": JSON.stringify({ compilerOptions: { ...STRICT, ...chosen, ...options }, include: ["*.mts"] }),
      });
      const command = tool(compiler, { name: "tsc", from: consumers });
      const { stdout } = await tryProgram([...command, "-p", project, "--pretty", "false"], { cwd: project });
      expect(stdout).toBe("");
    },
  );
});

// Node 20.19 and newer load an ES module through `require`; the compiler knows it from 5.8 on.
it.each(["typescript-5.9", "typescript-7"])(
  "%s accepts require of every entry from CommonJS",
  { timeout: 240_000 },
  async (compiler) => {
    const lines = entries(true).map((name, index) => `import entry${index} = require(${JSON.stringify(name)});`);
    const uses = entries(true).map((_, index) => `entry${index}`);
    const project = writeProject(packed, `types-${compiler}-commonjs`, {
      "use.cts": `${lines.join("\n")}\nexport = [${uses.join(", ")}];\n`,
      "tsconfig.json": JSON.stringify({
        compilerOptions: { ...STRICT, module: "nodenext", lib: ["es2022"], types: ["node"] },
        include: ["*.cts"],
      }),
    });
    const command = tool(compiler, { name: "tsc", from: consumers });
    const { stdout } = await tryProgram([...command, "-p", project, "--pretty", "false"], { cwd: project });
    expect(stdout).toBe("");
  },
);
