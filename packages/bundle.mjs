// The last step of a package's build: one file for each entry of its package.json instead of one for each source file.
// Node loads a module in a third of a millisecond: with a file for each noun, importing `@countersign/sagemaker` took
// 31 ms, bundled it takes 6. Types stay one file for each source; other packages and `#` seams stay imports.
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** Source files named under the source condition, in `exports` and `imports`. */
function entries(target) {
  if (typeof target === "string") return /^\.\/src\/.*\.ts$/.test(target) ? [target] : [];
  return Object.values(target).flatMap(entries);
}

// Names of shared pieces change with their content: what an earlier build left is not shipped.
for (const file of readdirSync("dist")) if (/\.js(\.map)?$/.test(file)) rmSync(`dist/${file}`);

await build({
  entryPoints: [...new Set([...entries(manifest.exports), ...entries(manifest.imports ?? {})])],
  outdir: "dist",
  outbase: "src",
  bundle: true,
  splitting: true,
  // Beside the entries, so that paths from import.meta.url mean the same in both.
  chunkNames: "[name]-[hash]",
  format: "esm",
  platform: "neutral",
  target: "es2022",
  sourcemap: "linked",
  sourcesContent: false,
  external: [
    "#*",
    "@*",
    ...["dependencies", "peerDependencies"].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}).flatMap((name) => [name, `${name}/*`]),
    ),
    "node:*",
  ],
});
