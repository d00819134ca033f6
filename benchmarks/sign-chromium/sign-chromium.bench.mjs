import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { duration } from "../lib/report.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const fixture = `import { bodies, clock, contentType, credentials, date, region, request, service, signatureOf, url } from "../sign/fixture.mjs"`;

/** Entry of one page: it leaves `run` and `output` behind. */
const PAGES = {
  signSync: `
    import { createSigner } from "@countersign/signer";
    const signer = createSigner({ region, service, credentials, clock });
    const run = () => signer.signSync({ method: "POST", url, headers: { "content-type": contentType }, body: bodies.small });
    const output = () => signatureOf(run().headers.authorization);`,
  prepare: `
    import { createSigner, prepare } from "@countersign/signer";
    const prepared = prepare(createSigner({ region, service, credentials, clock }), { method: "POST", url, headers: { "content-type": contentType } });
    const run = () => prepared.signSync(bodies.small);
    const output = () => signatureOf(run().authorization);`,
  smithy: `
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

async function inChromium(name) {
  const bundled = await build({
    stdin: {
      contents: `${fixture}; import { time, warm } from "./page.mjs"; ${PAGES[name]}; Object.assign(globalThis, { output, warm: () => warm(run), measure: (ms) => time(run, ms) });`,
      resolveDir: here,
      loader: "js",
    },
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  const script = bundled.outputFiles[0].text;
  const server = createServer((request, response) => {
    response.setHeader("content-type", request.url === "/" ? "text/html" : "text/javascript");
    response.end(request.url === "/" ? `<!doctype html><script src="/page.js"></script>` : script);
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
  return {
    output: () => page.evaluate("output()"),
    async measure(budgetMs) {
      // A browser that has just started is still busy, and so is its compiler: neither is what is measured.
      await page.waitForTimeout(1500);
      await page.evaluate("warm()");
      return page.evaluate(`measure(${budgetMs})`);
    },
    async close() {
      await browser.close();
      server.close();
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
    `medians of ${rounds} browsers each).`
  );
}

export const suite = {
  name: "sign-chromium",
  readme: "packages/browser/README.md",
  summary,
  cases: {
    "360 B body in Chromium": {
      baseline: "countersign signSync",
      variants: {
        "countersign signSync": () => inChromium("signSync"),
        "countersign prepare": () => inChromium("prepare"),
        "smithy, sha256-js": () => inChromium("smithy"),
        aws4fetch: () => inChromium("aws4fetch"),
      },
      must: [
        { variant: "countersign signSync", against: "aws4fetch", min: 10 },
        { variant: "countersign signSync", against: "smithy, sha256-js", min: 4 },
      ],
    },
  },
};
