import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { RuntimeCase, RuntimeResult, RuntimeSuite } from "./run-suite.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

declare const countersignSuite: { readonly suite: readonly RuntimeCase[] };

/** Bundles a suite as for a page and runs it in Chromium, in a secure context. */
export async function runInChromium(suite: RuntimeSuite): Promise<readonly RuntimeResult[]> {
  const bundled = await build({
    stdin: { contents: `export { suite } from ${JSON.stringify(suite.entry)};`, resolveDir: ROOT },
    bundle: true,
    format: "iife",
    globalName: "countersignSuite",
    target: "es2022",
    platform: "browser",
    conditions: ["@countersign/source"],
    define: { ...suite.define },
    write: false,
    logLevel: "silent",
  });
  // WebCrypto is there in secure contexts alone, and 127.0.0.1 is one.
  const server = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>suite</title>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.addScriptTag({ content: bundled.outputFiles[0]?.text ?? "" });
    return await page.evaluate(async () => {
      const results: RuntimeResult[] = [];
      for (const one of countersignSuite.suite) {
        try {
          await one.run();
          results.push({ name: one.name });
        } catch (error) {
          results.push({ name: one.name, error: String((error as Error).stack ?? error) });
        }
      }
      return results;
    });
  } finally {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  }
}
