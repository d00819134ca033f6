import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/main.ts";

// The command as it is built: the streams of a test are not those of a process.
const COMMAND = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));
const PART = Buffer.alloc(65_536, "a line\n");

let server: Server;
let host = "";
let aws: Local;
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts = request.url === "/endless" ? Infinity : 100;
    let sent = 0;
    const send = (): void => {
      while (sent < parts && !response.destroyed) {
        sent += 1;
        if (!response.write(PART)) return void response.once("drain", send);
      }
      response.end();
    };
    send();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  aws = await startLocal({ port: 0, endpoints: { mine: { parts: ["a", "b", "c"] } } });
});
afterAll(async () => {
  await aws.close();
  server.close();
});

function fetching(path: string, stdout: "pipe" | number): ReturnType<typeof spawn> {
  const args = ["fetch", `http://${host}${path}`, "--service", "sagemaker", "--allow-host", host];
  const env = { PATH: process.env["PATH"], AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" };
  return spawn(process.execPath, [COMMAND, ...args], {
    env: { ...env, AWS_SECRET_ACCESS_KEY: "example" },
    stdio: ["ignore", stdout, "ignore"],
  });
}

describe.skipIf(process.platform === "win32")("an answer without an end ends with the output", () => {
  it("when its reader goes away, and succeeds", async () => {
    const child = fetching("/endless", "pipe");
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it.skipIf(process.platform !== "linux")("when the disk is full, which is a failure", async () => {
    const full = openSync("/dev/full", "w");
    try {
      expect(await once(fetching("/endless", full), "exit")).toEqual([2, null]);
    } finally {
      closeSync(full);
    }
  });
});

describe.skipIf(process.platform === "win32")("an answer is written whole", () => {
  it("to a reader that is slower than the server", async () => {
    const child = fetching("/", "pipe");
    const end = once(child, "exit");
    let length = 0;
    for await (const part of child.stdout ?? []) {
      length += (part as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([await end, length]).toEqual([[0, null], 100 * PART.length]);
  });
});

/** Runs `invoke --stream`; `hasRoom` is called after each part with what was written until then. */
async function invoking(hasRoom: (out: string) => Promise<boolean>): Promise<{ code: number; out: string }> {
  let out = "";
  const code = await main(["invoke", "mine", "--stream"], {
    stdout: (output) => void (out += Buffer.from(output as Uint8Array).toString()),
    stderr: () => undefined,
    env: aws.environment,
    isTerminal: false,
    columns: 80,
    hasRoom: () => hasRoom(out),
  });
  return { code, out };
}

describe("a stream of events is read at the pace of the output", () => {
  it("and not while the output takes no more", async () => {
    const waited: string[] = [];
    const found = await invoking(async (out) => {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      waited.push(out);
      return true;
    });
    expect([found, waited]).toEqual([{ code: 0, out: "abc" }, ["a", "ab", "abc"]]);
  });

  it("and no further once the output is gone", async () => {
    expect(await invoking(async () => false)).toEqual({ code: 0, out: "a" });
  });
});
