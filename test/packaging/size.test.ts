import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { root } from "./workspaces.ts";

// Budgets in bytes after minification and gzip -9, for a page that imports just this. One rises only
// for something that was measured: what pages hash is laid out ahead (0.5 kB), and signing takes a third less time.
// The aims are 4,608, 5,632 and 8,192. Of createSigner 2.5 kB renew credentials and correct the clock, 1.2 kB are SHA-256
// and HMAC, 0.5 kB presigns. Of the 2.5 kB, 1.0 keep any wrong answer about the time from locking the signer in: validity by
// every reading, corroboration, and the schedule as a pure function. 0.5 kB check options by name.
const BUDGETS = [
  { what: "createSigner", code: `export { createSigner } from "@countersign/signer"`, bytes: 9363 },
  {
    what: "createSigner with prepare",
    code: `export { createSigner, prepare } from "@countersign/signer"`,
    bytes: 9536,
  },
  { what: "createSignedFetch", code: `export { createSignedFetch } from "@countersign/fetch"`, bytes: 12_400 },
  // The goals are 5,120 and 7,680.
  {
    what: "a signed fetch by parts: gate, redirects refused, renewal, retry",
    code: `export { assembleFetch, renewing, retrying } from "@countersign/fetch/parts"`,
    bytes: 4727,
  },
  {
    what: "a signed fetch by parts with vended credentials and skew correction",
    code: `export { assembleFetch, correctingClock, retrying, vendedCredentials } from "@countersign/fetch/parts"`,
    bytes: 7427,
  },
] as const;

async function bundle(
  code: string,
): Promise<{ readonly bytes: number; readonly inputs: readonly string[]; readonly text: string }> {
  const result = await build({
    stdin: { contents: code, resolveDir: `${root}/test`, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@countersign/source"],
    metafile: true,
    write: false,
  });
  const text = result.outputFiles[0]?.text ?? "";
  return { bytes: gzipSync(text, { level: 9 }).length, inputs: Object.keys(result.metafile.inputs), text };
}

describe.each(BUDGETS)("a bundle with $what", ({ code, bytes }) => {
  it(`stays within ${bytes} bytes and holds no module of Node`, async () => {
    const bundled = await bundle(code);
    expect(bundled.text).not.toMatch(/node:|require\(/);
    expect(bundled.inputs.filter((input) => input.includes(".node."))).toEqual([]);
    expect(bundled.bytes).toBeLessThanOrEqual(bytes);
  });
});

describe("tree shaking", () => {
  it("keeps prepared requests out of a bundle that does not use them", async () => {
    const { inputs, bytes } = await bundle(`export { createSigner } from "@countersign/signer"`);
    const both = await bundle(`export { createSigner, prepare } from "@countersign/signer"`);
    expect(both.bytes).toBeGreaterThan(bytes);
    expect(inputs.length).toBeGreaterThan(0);
  });
});
