// `npm run fuzz -- [--seconds N] [--door NAME] [--seed N]`: mutated inputs for every function that reads what others wrote.
// Without --seconds it takes ten minutes for all doors together. A failure prints the shortest input that shows it: put
// it into corpus.json together with the mend.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, door: { type: "string" }, seed: { type: "string" } },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const child = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/vitest.config.ts", "--project", "test", "test/fuzz"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      COUNTERSIGN_FUZZ_SECONDS: values.seconds,
      ...(values.door !== undefined && { COUNTERSIGN_FUZZ_DOOR: values.door }),
      ...(values.seed !== undefined && { COUNTERSIGN_FUZZ_SEED: values.seed }),
    },
  },
);
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
