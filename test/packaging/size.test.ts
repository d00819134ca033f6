import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { root } from "./workspaces.ts";

// Budgets in bytes after minification and gzip -9, for a page that imports only this. Raise one only for something that was
// measured. The goals of createSigner and createSignedFetch are 7,898 and 12,415. What createSigner is made of, by what the
// bundle loses without it: 1.9 kB renew credentials, by the reading of the time that is right; 0.6 kB are the clock, which no
// wrong answer locks in; 1.1 kB SHA-256 and HMAC, which signSync needs; 0.8 kB headers, payload modes and presigned URLs;
// 0.6 kB settings; 0.5 kB check options by name.
const BUDGETS = [
  { what: "createSigner", code: `export { createSigner } from "@countersign/signer"`, bytes: 9376 },
  {
    what: "createSigner with prepare",
    code: `export { createSigner, prepare } from "@countersign/signer"`,
    bytes: 9548,
  },
  { what: "createSignedFetch", code: `export { createSignedFetch } from "@countersign/fetch"`, bytes: 12_402 },
  // The goals are 5,120 and 7,680.
  {
    what: "a signed fetch by parts: gate, redirects refused, renewal, retry",
    code: `export { assembleFetch, renewing, retrying } from "@countersign/fetch/parts"`,
    bytes: 4727,
  },
  {
    what: "a signed fetch by parts with vended credentials and skew correction",
    code: `export { assembleFetch, correctingClock, retrying, vendedCredentials } from "@countersign/fetch/parts"`,
    bytes: 7416,
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
