import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Runtime } from "../runtimes/binaries.ts";
import { runSuite } from "../runtimes/drivers/run-suite.ts";
import { suite } from "./runtime-suite.ts";

const entry = fileURLToPath(new URL("runtime-suite.ts", import.meta.url));

it.each<Runtime>(["node", "n26", "bun", "deno", "workerd"])(
  "%s verifies, diagnoses, knows endpoints and memoizes as Node does",
  async (runtime) => {
    expect(await runSuite(runtime, { entry })).toEqual(suite.map(({ name }) => ({ name })));
  },
);
