import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

/** The runtimes beside the one that runs the tests; `node` is that one. */
export type Runtime = "node" | "n22" | "n24" | "n26" | "bun" | "deno" | "workerd";

const FILES: Readonly<Record<Exclude<Runtime, "node">, string>> = {
  n22: "n22/bin/node",
  n24: "n24/bin/node",
  n26: "n26/bin/node",
  bun: ".bin/bun",
  deno: ".bin/deno",
  workerd: ".bin/workerd",
};

/**
 * The path of a runtime's binary, as this folder's own package.json installs it.
 *
 * @throws when it is not installed: a test that needs a runtime fails without it, and never passes by not running.
 */
export function runtimeBinary(runtime: Runtime): string {
  if (runtime === "node") return process.execPath;
  const file = fileURLToPath(new URL(`node_modules/${FILES[runtime]}`, import.meta.url));
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw new Error(`${runtime} is not installed: run npm ci in test/runtimes (npm test does)`, { cause });
  }
  return file;
}
