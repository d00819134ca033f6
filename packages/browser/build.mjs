// Bundles the built entry for pages: an ES module, and a script that leaves a global `countersign` behind.
// `--readme` also writes sizes and integrity hashes into README.md.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const FILES = [
  { file: "countersign.min.js", format: "esm" },
  { file: "countersign.iife.min.js", format: "iife", globalName: "countersign" },
];

const facts = [];
for (const { file, ...format } of FILES) {
  const outfile = `${here}dist/${file}`;
  await build({
    entryPoints: [`${here}src/index.ts`],
    outfile,
    bundle: true,
    minify: true,
    platform: "browser",
    conditions: ["@countersign/source"],
    target: "es2022",
    sourcemap: "linked",
    legalComments: "none",
    ...format,
  });
  const bytes = readFileSync(outfile);
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  facts.push({ file, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, integrity });
}
writeFileSync(`${here}dist/integrity.json`, `${JSON.stringify(facts, null, 2)}\n`);

if (process.argv.includes("--readme")) {
  const readme = `${here}README.md`;
  const rows = facts.map(
    ({ file, gzip, integrity }) => `| \`${file}\` | ${gzip.toLocaleString("en")} B | \`${integrity}\` |`,
  );
  const block = [
    "<!-- build:start -->",
    "| file | min+gzip | integrity |",
    "| --- | ---: | --- |",
    ...rows,
    "<!-- build:end -->",
  ].join("\n");
  writeFileSync(
    readme,
    readFileSync(readme, "utf8").replace(/<!-- build:start -->[\s\S]*<!-- build:end -->/, () => block),
  );
}
