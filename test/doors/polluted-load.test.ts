import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Those whose dependencies load, too. */
const packages = ["signer", "fetch", "guard", "broker", "transport", "sagemaker"];

it.each(["get", "set"].flatMap((name) => ["text", "function"].map((kind) => [name, kind] as const)))(
  "packages load while Object.prototype has a member %s that is a %s",
  async (name, kind) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, "polluted-load.mjs"), name, kind, ...packages],
      { env: { ...process.env, NODE_OPTIONS: "" } },
    );
    expect(stdout.trim()).toBe("");
  },
);
