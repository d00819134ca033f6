// The local AWS and the servers that vend, each in a process of its own, as their users start them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../lib/free-port.mjs";
import { cpuOf, memoryOf } from "../lib/process-usage.mjs";
import { allow, durationSeconds } from "./grant.mjs";
import { audience, createIdentityProvider, issuer, origin } from "./identity.mjs";

const fileOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const countersign = fileOf("../../packages/cli/bin/countersign.mjs");
const roleArn = "arn:aws:iam::123456789012:role/inference";

/** A process that does not end by itself must not hold up the run. */
const STOP_MS = 20_000;

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await once(child, "exit");
  clearTimeout(timer);
}

/** Resolves with the first line of a stream that matches. */
async function lineOf(child, stream, pattern) {
  const lines = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    if (pattern.test(line)) {
      // Later lines are read, or the process would wait for a reader.
      stream.resume();
      return line;
    }
  }
  throw new Error(`${child.spawnargs.slice(1).join(" ")} ended before it listened: ${lines.join("\n")}`);
}

/** A folder, an identity provider, and a local AWS with the role that the grant names. */
export async function createPlace() {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-bench-serve-"));
  const identity = await createIdentityProvider();
  const keyFile = path.join(folder, "keys.json");
  writeFileSync(keyFile, JSON.stringify(identity.keys));
  const aws = spawn(process.execPath, [countersign, "local", "--port", "0", "--role", roleArn, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const servers = [];
  // A failed measurement must not leave processes behind.
  process.once("exit", () => [...servers, aws].forEach((child) => child.kill("SIGTERM")));
  const environment = JSON.parse(await lineOf(aws, aws.stdout, /^\{/));

  const commands = {
    "countersign serve"(port, name) {
      const file = path.join(folder, `${name}.json`);
      const content = {
        version: 1,
        region: "us-east-1",
        source: "bench",
        listen: [{ port }],
        vending: {
          hosts: [`127.0.0.1:${port}`],
          origins: [origin],
          identityProvider: { issuer, audience, jwksFile: keyFile },
          grants: { inference: { kind: "browser", roleArn, allow, durationSeconds } },
          // A few users stand for many, so each of them asks more often than one user may.
          limits: { perSubject: 1_000_000_000 },
        },
        log: { auditFile: path.join(folder, `${name}.audit`) },
      };
      writeFileSync(file, JSON.stringify(content));
      return { args: [countersign, "serve", file], listening: /serve\.listening/ };
    },
    "hono and jose": (port) => ({
      args: [fileOf("bare.mjs"), String(port), keyFile, roleArn],
      listening: /^listening/,
    }),
  };

  return {
    environment,
    token: identity.token,
    awsCpu: () => cpuOf(aws.pid),
    async start(kind) {
      const port = await freePort();
      const { args, listening } = commands[kind](port, `server-${servers.length}`);
      const child = spawn(process.execPath, ["--no-warnings", ...args], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env.PATH, HOME: folder, ...environment },
      });
      servers.push(child);
      await lineOf(child, child.stderr, listening);
      return {
        url: `http://127.0.0.1:${port}`,
        cpu: () => cpuOf(child.pid),
        memory: () => memoryOf(child.pid),
      };
    },
    async close() {
      await Promise.all([...servers, aws].map(stop));
      rmSync(folder, { recursive: true });
    },
  };
}
