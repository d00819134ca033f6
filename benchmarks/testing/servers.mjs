// The local AWSs, each in a process of its own, as their users start them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../lib/free-port.mjs";
import { cpuOf, memoryOf } from "../lib/process-usage.mjs";

export const ours = "countersign local";
export const moto = "moto server";

const program = fileURLToPath(new URL("../../packages/cli/bin/countersign.mjs", import.meta.url));
const role = "arn:aws:iam::123456789012:role/worker";

/** The version of the moto that `moto_server` would run; undefined: it is not installed. */
export function motoVersion() {
  if (spawnSync("moto_server", ["--help"], { stdio: "ignore" }).status !== 0) return undefined;
  const { stdout } = spawnSync("python3", ["-c", "import moto; print(moto.__version__)"], { encoding: "utf8" });
  return stdout.trim();
}

/** Starts a server: its URL, its key, and how to end it. It may not listen yet. */
export async function startServer(name) {
  const port = await freePort();
  const command =
    name === ours
      ? [process.execPath, program, "local", "--port", String(port), "--role", role, "--json"]
      : ["moto_server", "-H", "127.0.0.1", "-p", String(port)];
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
  return {
    url: `${name === ours ? "https" : "http"}://localhost:${port}`,
    /** Resolves when the server has told its key; moto takes any. */
    async settings() {
      if (name === moto)
        return { credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }, ca: undefined };
      const [line] = await once(child.stdout.setEncoding("utf8"), "data");
      const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_CA_BUNDLE } = JSON.parse(line);
      const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
      return { credentials, ca: readFileSync(AWS_CA_BUNDLE, "utf8") };
    },
    cpu: () => cpuOf(child.pid),
    memory: () => memoryOf(child.pid),
    async close() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
