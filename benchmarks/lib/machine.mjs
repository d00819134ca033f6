import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";

/** The Node binaries a suite can run on: the one that runs the harness, and those installed for the tests. */
export const RUNTIMES = Object.freeze({
  node: () => process.execPath,
  n22: () => installed("n22"),
  n24: () => installed("n24"),
  n26: () => installed("n26"),
});

function installed(name) {
  const binary = fileURLToPath(new URL(`../../test/runtimes/node_modules/${name}/bin/node`, import.meta.url));
  if (!existsSync(binary)) throw new Error(`${name} is not installed: run npm ci in test/runtimes (npm test does)`);
  return binary;
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
