// The last step of a package's build, for Node: a file for each entry and one for what entries share, without comments.
// Node loads a module in a third of a millisecond, and a package here has up to a hundred; other runtimes and bundlers
// take the compiler's output, a module for each source, which shakes best. Platform seams (`#…`) are resolved here.
//
// Arguments name packages to take in: `instanceof` works across copies, and the file that is not loaded is the fastest.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const source = "@countersign/source";
const inlined = process.argv.slice(2);
const input = Object.fromEntries(
  Object.values(manifest.exports)
    .flatMap((target) => target[source] ?? [])
    .map((file) => [file.replace(/^\.\/src\/|\.ts$/g, ""), file]),
);

const options = {
  platform: "node",
  // Data stays a file of its own, which is read when it is first needed.
  external: (id) =>
    id.startsWith("#data/") ||
    (!/^[./#]/.test(id) && !inlined.some((name) => id === name || id.startsWith(`${name}/`))),
  resolve: { conditionNames: [source, "node", "import", "default"] },
};

/** The modules that the package's main entry loads. What only other entries share must not be loaded with it. */
async function modulesOfMain() {
  const [[name, file]] = Object.entries(input);
  const build = await rolldown({ ...options, input: { [name]: file } });
  const { output } = await build.generate({ format: "esm" });
  return new Set(output.flatMap((chunk) => chunk.moduleIds ?? []));
}

rmSync("dist/node", { recursive: true, force: true });
const main = await modulesOfMain();
const build = await rolldown({ ...options, input });
await build.write({
  dir: "dist/node",
  format: "esm",
  sourcemap: true,
  // The packages ship their sources.
  sourcemapExcludeSources: true,
  // Names, lines and layout stay those of the source: a stack trace is read, and an uncaught error prints its line.
  minify: false,
  comments: { annotation: true, jsdoc: false, legal: false },
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  // A file costs more to open than what is in it to skip over: a package of one entry is one file, and one more for each
  // part that it imports later.
  codeSplitting: Object.keys(input).length === 1 || {
    groups: [{ name: "shared", minShareCount: 2, test: (id) => main.has(id) }],
  },
});

// One character beyond ASCII makes V8 keep and read the whole file at two bytes a character.
for (const name of readdirSync("dist/node").filter((file) => file.endsWith(".js"))) {
  const code = readFileSync(`dist/node/${name}`, "utf8");
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  writeFileSync(`dist/node/${name}`, code.replaceAll(/[^\0-\x7f]/g, escaped));
}
