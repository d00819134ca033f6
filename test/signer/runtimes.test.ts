import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { suiteCases } from "../../packages/signer/test/vectors/official.ts";
import type { Runtime } from "../runtimes/binaries.ts";
import { runInChromium } from "../runtimes/drivers/run-in-chromium.ts";
import { type RuntimeResult, runSuite } from "../runtimes/drivers/run-suite.ts";
import type { Vector } from "./expectations.ts";

const entry = fileURLToPath(new URL("runtime-suite.ts", import.meta.url));

const vectors = suiteCases("v4").map(({ name, context, method, url, headers, body, header }): Vector => ({
  name,
  request: { method, url, headers, body },
  context: {
    credentials: {
      accessKeyId: context.credentials.access_key_id,
      secretAccessKey: context.credentials.secret_access_key,
      sessionToken: context.credentials.token,
    },
    region: context.region,
    service: context.service,
    date: context.timestamp,
    settings: {
      pathNormalization: context.normalize ? "rfc3986" : "none",
      signedHeaders: { also: headers.map(([name]) => name) },
      sessionToken: context.omit_session_token === true ? "appended" : "signed",
      payloadHeader: context.sign_body ? "always" : "never",
    },
  },
  signature: header.signature,
}));

let define: Record<string, string> = {};

beforeAll(async () => {
  const globals = { EXPECTED: {}, VECTORS: [], HAS_NODE_CRYPTO: true };
  Object.assign(globalThis, globals);
  const { answers } = await import("./runtime-suite.ts");
  const expected: Record<string, unknown> = {};
  for (const [name, answer] of Object.entries(answers)) expected[name] = await answer();
  define = { EXPECTED: JSON.stringify(expected), VECTORS: JSON.stringify(vectors) };
});

/** What failed; as many cases as there are must have run. */
function failures(results: readonly RuntimeResult[]): readonly RuntimeResult[] {
  const missing =
    results.length < 23 + vectors.length ? [{ name: "the suite", error: `only ${results.length} ran` }] : [];
  return [...missing, ...results.filter(({ error }) => error !== undefined)];
}

describe("the signer in every runtime", () => {
  it.each<Runtime>(["node", "n22", "n24", "n26", "bun", "deno"])("%s", async (runtime) => {
    expect(failures(await runSuite(runtime, { entry, define: { ...define, HAS_NODE_CRYPTO: "true" } }))).toEqual([]);
  });

  it("workerd", async () => {
    expect(failures(await runSuite("workerd", { entry, define: { ...define, HAS_NODE_CRYPTO: "false" } }))).toEqual([]);
  });

  it("Chromium", async () => {
    expect(failures(await runInChromium({ entry, define: { ...define, HAS_NODE_CRYPTO: "false" } }))).toEqual([]);
  });
});
