// Bundles the entries for pages: the small entry as an ES module and as a script that defines a global `countersign`, and
// the main entry, which has every option, as an ES module. Measures what each part of `@countersign/fetch/parts` costs.
// `--readme` also writes sizes and integrity hashes into README.md.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const here = fileURLToPath(new URL(".", import.meta.url));
const FILES = [
  { file: "countersign.min.js", entry: "small.ts", format: "esm" },
  { file: "countersign.iife.min.js", entry: "small.ts", format: "iife", globalName: "countersign" },
  { file: "countersign.full.min.js", entry: "index.ts", format: "esm", keepsProperties: true },
];

/**
 * Properties that only this project reads and writes in the small file: neither an option nor a result, and no name of the platform, of a
 * broker's answer or of a message between tabs. They are shortened.
 */
const INTERNAL = [
  "algorithm",
  "cached",
  "chunks",
  "credentialScope",
  "cryptoKey",
  "endSession",
  "given",
  "header",
  "learn",
  "leave",
  "offsetMs",
  "payload",
  "principal",
  "renewals",
  "renewOnce",
  "scope",
  "secret",
  "shapes",
  "signed",
  "signedHeaders",
  "skew",
  "streamed",
  "useToken",
];

/**
 * The second pass inlines what is used once. The settings keep what the code does. The object is new each
 * time, because terser writes into it.
 */
const smaller = (keepsProperties) => ({
  ecma: 2020,
  compress: {
    passes: 3,
    hoist_funs: true,
    if_return: false,
    inline: 1,
    keep_fargs: false,
    lhs_constants: false,
    unsafe_arrows: true,
    // In the small file no property is read for an effect of the reading.
    ...(keepsProperties || { conditionals: false, pure_getters: true }),
  },
  mangle: keepsProperties || { properties: { regex: new RegExp(`^(?:${INTERNAL.join("|")})$`) } },
});

/** What each line of the README's table adds to `assembleFetch`. */
const PARTS = [
  { part: "renewing", for: "credentials renewed ahead of their expiry, once for all callers" },
  { part: "retrying", for: "up to three attempts where that is safe" },
  { part: "awsHosts", for: "AWS's own hosts recognised, VPC endpoints included" },
  { part: "correctingClock", for: "a wrong clock corrected by a refusal" },
  { part: "vendedCredentials", for: "credentials from your broker, shared by the user's tabs" },
];
const ALWAYS = "assembleFetch";

const settings = {
  bundle: true,
  minify: true,
  platform: "browser",
  conditions: ["@countersign/source"],
  target: "es2022",
  legalComments: "none",
};

const sizeOf = (bytes) => gzipSync(bytes, { level: 9 }).length;

async function sizeWith(...names) {
  const contents = `export { ${names.join(", ")} } from "@countersign/fetch/parts"`;
  const { outputFiles } = await build({
    ...settings,
    stdin: { contents, resolveDir: here },
    format: "esm",
    write: false,
  });
  return sizeOf(outputFiles[0].contents);
}

const base = await sizeWith(ALWAYS);
const parts = [{ part: ALWAYS, gzip: base, for: "signing; hosts checked, plaintext and redirects refused" }];
for (const { part, for: purpose } of PARTS) {
  parts.push({ part, gzip: (await sizeWith(ALWAYS, part)) - base, for: purpose });
}
const together = [
  { names: [ALWAYS, "renewing", "retrying"] },
  { names: [ALWAYS, "vendedCredentials", "correctingClock", "retrying"] },
  { names: [ALWAYS, ...PARTS.map(({ part }) => part)] },
];
for (const sum of together) sum.gzip = await sizeWith(...sum.names);

const facts = [];
for (const { file, entry, keepsProperties = false, ...format } of FILES) {
  const outfile = `${here}dist/${file}`;
  // The map is beside the file, which does not name it: the name would cost 40 bytes.
  const { outputFiles } = await build({
    ...settings,
    entryPoints: [`${here}src/${entry}`],
    outfile,
    sourcemap: "external",
    write: false,
    ...format,
  });
  const [map, { text }] = outputFiles;
  const { code, map: composed } = await minify(text, {
    ...smaller(keepsProperties),
    module: format.format === "esm",
    sourceMap: { content: map.text, filename: file },
  });
  writeFileSync(outfile, code);
  writeFileSync(`${outfile}.map`, composed);
  const bytes = readFileSync(outfile);
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  facts.push({ file, bytes: bytes.length, gzip: sizeOf(bytes), integrity });
}
writeFileSync(`${here}dist/integrity.json`, `${JSON.stringify(facts, null, 2)}\n`);
writeFileSync(`${here}dist/parts.json`, `${JSON.stringify({ parts, together }, null, 2)}\n`);

if (process.argv.includes("--readme")) {
  const readme = `${here}README.md`;
  const bytes = (count) => count.toLocaleString("en");
  const tables = {
    build: [
      "| file | min+gzip (bytes) | integrity |",
      "| --- | ---: | --- |",
      ...facts.map(({ file, gzip, integrity }) => `| \`${file}\` | ${bytes(gzip)} | \`${integrity}\` |`),
    ],
    parts: [
      "| part | adds (bytes) | for |",
      "| --- | ---: | --- |",
      ...parts.map(({ part, gzip, for: purpose }) => `| \`${part}\` | ${bytes(gzip)} | ${purpose} |`),
      "",
      "| together | min+gzip (bytes) |",
      "| --- | ---: |",
      ...together.map(({ names, gzip }) => `| ${names.map((name) => `\`${name}\``).join(", ")} | ${bytes(gzip)} |`),
    ],
  };
  let text = readFileSync(readme, "utf8");
  for (const [name, lines] of Object.entries(tables)) {
    const block = `<!-- ${name}:start -->\n${lines.join("\n")}\n<!-- ${name}:end -->`;
    text = text.replace(new RegExp(`<!-- ${name}:start -->[^]*<!-- ${name}:end -->`), () => block);
  }
  writeFileSync(readme, text);
}
