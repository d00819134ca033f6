import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Runtime } from "../runtimes/binaries.ts";
import { runSuite } from "../runtimes/drivers/run-suite.ts";

const entry = fileURLToPath(new URL("runtime-suite.ts", import.meta.url));
const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26", "bun", "deno", "workerd"];

describe.each(runtimes)("the guard on %s", (runtime) => {
  it("does what it does everywhere", { timeout: 60_000 }, async () => {
    const results = await runSuite(runtime, { entry });
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toHaveLength(4);
  });
});
