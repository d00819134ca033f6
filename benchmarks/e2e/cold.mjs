import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../lib/statistics.mjs";
import { startServer } from "./endpoint.mjs";

const probe = fileURLToPath(new URL("cold-probe.mjs", import.meta.url));

/** A variant: the median of fresh processes, each timed from before its first import to its first answer over TLS. */
export async function cold(which) {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), "countersign-cold-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, server.ca);
  const once = () => {
    const { stdout, status } = spawnSync(process.execPath, ["--no-warnings", probe, which, server.url, caFile], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${which} ended with ${status}`);
    return JSON.parse(stdout);
  };
  return {
    output: () => once().answer,
    measure(budgetMs) {
      const samples = [];
      const until = performance.now() + budgetMs * 3;
      while (samples.length < 5 || performance.now() < until) samples.push(once().ns);
      return { ns: median(samples), batches: samples.length };
    },
    async close() {
      rmSync(folder, { recursive: true });
      await server.close();
    },
  };
}
