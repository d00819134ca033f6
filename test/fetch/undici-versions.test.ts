import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";

const script = fileURLToPath(new URL("undici-versions.mjs", import.meta.url));
const run = promisify(execFile);

const works = /^AWS4-HMAC-SHA256/u;
const explained = /^INVALID_OPTION: dispatcher: must be of the undici version that sends.*undici \d.*undici \d/u;

// Each line: Node, the Agent's undici, who sends, and how it ends.
const lines: readonly (readonly [Runtime, string, string, RegExp])[] = [
  ["node", "undici6", "undici6", works],
  ["node", "undici6", "undici", works],
  ["node", "undici", "undici", works],
  ["node", "undici", "undici6", works],
  ["node", "undici6", "fetch", works],
  ["node", "undici", "fetch", works],
  ["n24", "undici6", "undici6", works],
  ["n24", "undici", "fetch", works],
  ["n24", "undici8", "undici8", works],
  ["n24", "undici", "undici8", works],
  ["n24", "undici8", "fetch", explained],
  ["n24", "undici8", "undici", explained],
  ["n24", "undici6", "undici8", explained],
];

describe.each(lines)(
  "kind: contracts are checked whole: on %s an Agent of %s, sent through by %s",
  (runtime, agent, sender, outcome) => {
    it.each(["at once", "later"])("works or fails at once, with credentials that are there %s", async (when) => {
      const { stdout } = await run(runtimeBinary(runtime), [script, agent, sender, when], { timeout: 20_000 });
      expect(stdout).toMatch(outcome);
    });
  },
);
