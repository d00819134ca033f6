import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const require = createRequire(import.meta.url);

/** The Node binaries a suite can run on: the one that runs the harness, and those that npm brings on Linux x64. */
export const RUNTIMES = Object.freeze({
  node: () => process.execPath,
  n22: () => packaged("n22"),
  n24: () => packaged("n24"),
  n26: () => packaged("n26"),
});

function packaged(name) {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", "node");
}

export function versionOf(binary) {
  return execFileSync(binary, ["--version"], { encoding: "utf8" }).trim();
}

/** What a reader needs to know of the machine before comparing an absolute number with his own. */
export function machineFacts() {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    load: os.loadavg().map((value) => Number(value.toFixed(2))),
  };
}

/** A neighbour that works changes what is measured: more than half a core of load is a reason to refuse. */
export function isLoaded() {
  return os.loadavg()[0] > 0.5 + os.cpus().length / 4;
}
