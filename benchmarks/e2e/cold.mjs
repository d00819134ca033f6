import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../lib/statistics.mjs";

const probe = fileURLToPath(new URL("cold-probe.mjs", import.meta.url));

/** A variant: the median of fresh processes, each timed from before its first import to its first signed request. */
export function cold(which) {
  const once = () => {
    const { stdout, status } = spawnSync(process.execPath, ["--no-warnings", probe, which], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${which} ended with ${status}`);
    return JSON.parse(stdout);
  };
  return {
    output: () => once().scope,
    measure(budgetMs) {
      const samples = [];
      const until = performance.now() + budgetMs * 3;
      while (samples.length < 5 || performance.now() < until) samples.push(once().ns);
      return { ns: median(samples), batches: samples.length };
    },
  };
}
