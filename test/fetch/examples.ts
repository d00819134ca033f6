import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One ```ts block of a document. */
export interface Example {
  /** The heading it stands under, and its number there. */
  readonly title: string;
  readonly code: string;
}

/** Reads the ```ts blocks of a document of this repository. */
export async function examplesOf(path: string): Promise<readonly Example[]> {
  const text = await readFile(join(ROOT, path), "utf8");
  const examples: Example[] = [];
  for (const section of text.split(/^(?=#{1,6} )/mu)) {
    const heading = /^#+ (.*)$/mu.exec(section)?.[1] ?? path;
    for (const [index, match] of [...section.matchAll(/^```ts\n([^]*?)^```$/gmu)].entries()) {
      examples.push({ title: index === 0 ? heading : `${heading} (${index + 1})`, code: match[1] ?? "" });
    }
  }
  return examples;
}

/** Runs an example as its reader would, with the variables it names, and answers with what it logged. */
export async function runExample(
  example: Example,
  variables: Readonly<Record<string, unknown>>,
): Promise<readonly (readonly unknown[])[]> {
  const imports = example.code.match(/^import [^;]*;$/gmu) ?? [];
  const body = imports.reduce((code, line) => code.replace(line, ""), example.code);
  const names = Object.keys(variables).filter((name) => !new RegExp(`(?:const|let) ${name}\\b`, "u").test(body));
  const directory = await mkdtemp(join(tmpdir(), "countersign-example-"));
  try {
    const outfile = join(directory, "example.mjs");
    await build({
      stdin: {
        contents: `${imports.join("\n")}\nexport async function run({ ${names.join(", ")} }, console) {\n${body}\n}`,
        loader: "ts",
        resolveDir: join(ROOT, "test"),
      },
      bundle: true,
      format: "esm",
      platform: "node",
      conditions: ["@countersign/source"],
      // CommonJS packages among the bundled ones ask for Node's modules.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      outfile,
      logLevel: "silent",
    });
    await writeFile(join(directory, "package.json"), '{ "type": "module" }');
    const logged: (readonly unknown[])[] = [];
    const module = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as {
      run(variables: Readonly<Record<string, unknown>>, console: { log(...values: unknown[]): void }): Promise<void>;
    };
    await module.run(variables, { log: (...values) => void logged.push(values) });
    return logged;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
