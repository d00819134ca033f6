// What stands between a page's signed fetch and its goal: removes one concern after another from the bundle, and prints
// what is left. What is removed here is needed; the table shows what it costs. `node page/removal.mjs` in this folder.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../packages/", import.meta.url));

/** The module without its work: functions answer with their first argument, unless it is said otherwise. */
function without(file, otherwise = {}) {
  const names = readFileSync(root + file, "utf8").matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm);
  return Array.from(names, ([, name]) => `export const ${name} = ${otherwise[name] ?? "(given) => given"};`).join("");
}

/** What is removed in turn: modules, and what their functions do instead. */
const concerns = [
  {
    what: "checks of options",
    stubs: { "signer/src/errors/check-options.ts": {} },
  },
  {
    what: "checks of credentials",
    stubs: { "signer/src/credentials/check-credentials.ts": {}, "signer/src/credentials/check-expiry.ts": {} },
  },
  {
    what: "checks of a request: its members, scope and time",
    stubs: {
      "signer/src/sigv4/read-request.ts": {},
      "signer/src/sigv4/credential-scope.ts": {
        credentialScope: '(day, region, service) => [day, region, service, "aws4_request"].join("/")',
      },
      "signer/src/sigv4/signing-time.ts": {
        signingTime: '(date) => date.toISOString().replace(/[-:]|\\..../g, "")',
      },
    },
  },
  {
    what: "the limit for bodies that are read from a Request",
    stubs: {
      "fetch/src/call/read-body.ts": { readBody: "async (source) => new Uint8Array(await source.arrayBuffer())" },
    },
  },
  {
    what: "the choice between calls that may be sent again and calls that may not",
    stubs: { "fetch/src/attempts/repeat.ts": { repeatOf: '() => "answered"' } },
  },
];

async function sizeOf(names, stubs) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(", ")} } from "@countersign/fetch/parts"`, resolveDir: `${root}browser` },
    bundle: true,
    minify: true,
    platform: "browser",
    conditions: ["@countersign/source"],
    target: "es2022",
    legalComments: "none",
    format: "esm",
    write: false,
    plugins: [
      {
        name: "removal",
        setup(bundle) {
          bundle.onLoad({ filter: /\/packages\/.*\.ts$/ }, ({ path }) => {
            const file = Object.keys(stubs).find((end) => path.endsWith(`/packages/${end}`));
            return file === undefined ? undefined : { contents: without(file, stubs[file]), loader: "js" };
          });
        },
      },
    ],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const bundles = {
  "signed fetch": ["assembleFetch", "renewing", "retrying"],
  "with vended credentials": ["assembleFetch", "vendedCredentials", "correctingClock", "retrying"],
};
console.log(`| without | ${Object.keys(bundles).join(" | ")} |\n| --- |${" ---: |".repeat(2)}`);
const removed = {};
for (const { what, stubs } of [{ what: "nothing", stubs: {} }, ...concerns]) {
  Object.assign(removed, stubs);
  const sizes = await Promise.all(Object.values(bundles).map((names) => sizeOf(names, removed)));
  console.log(`| ${what} | ${sizes.map((bytes) => bytes.toLocaleString("en")).join(" | ")} |`);
}
