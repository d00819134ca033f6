import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { duration } from "../lib/report.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const fixture = `import { bodies, clock, contentType, credentials, date, region, request, service, signatureOf, url } from "../sign/fixture.mjs"`;

/** A script for each contestant, so that none shares compiled code with another: it defines `run` and `output`. */
const SCRIPTS = {
  "countersign signSync": `
    import { createSigner } from "@countersign/signer";
    const signer = createSigner({ region, service, credentials, clock });
    const run = () => signer.signSync({ method: "POST", url, headers: { "content-type": contentType }, body: bodies.small });
    const output = () => signatureOf(run().headers.authorization);`,
  "countersign prepare": `
    import { createSigner, prepare } from "@countersign/signer";
    const prepared = prepare(createSigner({ region, service, credentials, clock }), { method: "POST", url, headers: { "content-type": contentType } });
    const run = () => prepared.signSync(bodies.small);
    const output = () => signatureOf(run().authorization);`,
  "smithy, sha256-js": `
    import { Sha256 } from "@aws-crypto/sha256-js";
    import { SignatureV4 } from "@smithy/signature-v4";
    const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
    const run = () => signer.sign({ method: "POST", protocol: "https:", hostname: request.host, path: request.path, query: {},
      headers: { host: request.host, "content-type": contentType }, body: bodies.small }, { signingDate: date });
    const output = async () => signatureOf((await run()).headers.authorization);`,
  aws4fetch: `
    import { AwsV4Signer } from "aws4fetch";
    const datetime = date.toISOString().replaceAll(/[-:]|\\.\\d{3}/g, "");
    const cache = new Map();
    const run = () => new AwsV4Signer({ ...credentials, url, method: "POST", headers: { "content-type": contentType },
      body: bodies.small, service, region, datetime, cache, allHeaders: true }).sign();
    const output = async () => signatureOf((await run()).headers.get("authorization"));`,
};

async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here, loader: "js" },
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  return outputFiles[0].text;
}

async function openPage() {
  const scripts = await Promise.all([
    bundle(`import { contest } from "./page.mjs"; globalThis.contest = contest; globalThis.contestants = {};`),
    ...Object.entries(SCRIPTS).map(([name, script]) =>
      bundle(`${fixture}; ${script} contestants[${JSON.stringify(name)}] = { run, output };`),
    ),
  ]);
  const server = createServer((request, response) => {
    const script = scripts[Number(request.url.slice(1))];
    const isPage = request.url === "/";
    response.setHeader("content-type", isPage ? "text/html" : "text/javascript");
    response.end(
      isPage ? `<!doctype html>${scripts.map((_, at) => `<script src="/${at}"></script>`).join("")}` : script,
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  let results;
  return {
    output: (name) => page.evaluate(`contestants[${JSON.stringify(name)}].output()`),
    /** All contestants are measured at once, in turns. */
    async measure(name, budgetMs) {
      // A browser that has just started is still busy: that is not what is measured.
      results ??= page.waitForTimeout(1500).then(() => page.evaluate(`contest(contestants, ${budgetMs})`));
      return (await results)[name];
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** The page of this process: the first contestant opens it. */
let opened;

async function inChromium(name) {
  opened ??= openPage();
  const page = await opened;
  return {
    output: () => page.output(name),
    measure: (budgetMs) => page.measure(name, budgetMs),
    async close() {
      if (opened === undefined) return;
      opened = undefined;
      await page.close();
    },
  };
}

/** One sentence: there is one case, and the runtime that started the browser says nothing about it. */
function summary({ runtimes, machine, date, rounds }) {
  const [cases] = Object.values(runtimes);
  const [{ must, variants }] = Object.values(cases);
  const ratios = must.map(
    ({ against, min, measured, holds }) =>
      `${measured.toFixed(1)} × faster than ${against}${holds ? "" : ` (misses ${min})`}`,
  );
  return (
    `\`signSync\` of a request with a body of 360 bytes, in Chromium: ${duration(variants["countersign signSync"].ns)}, ` +
    `${ratios.join(", ")} (${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, load ${machine.load[0]}, ` +
    `medians of ${rounds} browsers, contestants in turn in each).`
  );
}

export const suite = {
  name: "sign-chromium",
  readme: "packages/browser/README.md",
  summary,
  cases: {
    "360 B body in Chromium": {
      baseline: "countersign signSync",
      variants: Object.fromEntries(Object.keys(SCRIPTS).map((name) => [name, () => inChromium(name)])),
      processes: "one",
      must: [
        { variant: "countersign signSync", against: "aws4fetch", min: 10 },
        { variant: "countersign signSync", against: "smithy, sha256-js", min: 4 },
      ],
    },
  },
};
