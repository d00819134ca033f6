import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { certificateAuthorities } from "../../src/authorities.ts";
import { live } from "../../src/daemon/life.ts";
import type { ServerMetrics } from "../../src/daemon/server-metrics.ts";
import { readConfigText } from "../../src/daemon/config-file.ts";
import { main } from "../../src/main.ts";

/** What another program does between a look at a file and its opening. */
const exchange = vi.hoisted(() => ({ file: "", by: (): void => undefined }));
vi.mock(import("node:fs"), async (load) => {
  const fs = await load();
  const statSync = ((file: string, ...more: never[]) => {
    const stats = fs.statSync(file, ...more);
    if (exchange.file !== "" && path.resolve(file) === exchange.file) exchange.by();
    return stats;
  }) as typeof fs.statSync;
  return { ...fs, statSync };
});

const folder = mkdtempSync(path.join(tmpdir(), "countersign-exchanged-"));
const pipe = path.join(folder, "pipe");
afterAll(() => rmSync(folder, { recursive: true }));
/** How long a program holds the pipe open and writes nothing: a reader waits as long. */
const HELD_S = 25;
/** What does not wait for the pipe ends sooner, on a busy machine too. */
const BLOCKED_MS = 15_000;
let holder: ChildProcess;
beforeEach(async () => {
  rmSync(pipe, { force: true });
  execFileSync("mkfifo", [pipe]);
  holder = spawn("sh", ["-c", `exec 9<>"$0"; echo held; exec sleep ${HELD_S}`, pipe], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(holder.stdout as Readable, "data");
});
afterEach(() => void holder.kill());

/** Makes the next look at a file the last moment in which it is one. */
function exchangeAfterLook(file: string): void {
  exchange.file = file;
  exchange.by = () => {
    exchange.file = "";
    renameSync(pipe, file);
  };
}

function place(name: string, content: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, content);
  exchangeAfterLook(file);
  return file;
}

const TEMPLATE = JSON.stringify({ Resources: {} });

async function guard(file: string): Promise<string> {
  let written = "";
  const write = (text: string | Uint8Array): void => void (written += String(text));
  await main(["guard", file], { stdout: write, stderr: write, env: {}, isTerminal: false, columns: 80 });
  return written;
}

describe.skipIf(process.platform === "win32")(
  "kind: what is judged is what is opened: a pipe takes the place of",
  () => {
    it("a file of a daemon that runs, and stops nothing", async () => {
      const file = place("daemon.json", "{}");
      const notes: unknown[] = [];
      const daemon = live({
        name: "serve",
        file,
        clock: { sleep: async () => undefined } as never,
        log: () => ({ note: (_level: string, event: string, more: object) => notes.push({ event, ...more }) }) as never,
        sinks: [],
        metrics: { reloaded: () => undefined } as unknown as ServerMetrics,
        config: () => ({ watchSeconds: 0 }),
        files: () => [file],
        addresses: () => [],
        take: async () => {
          await Promise.resolve();
          readConfigText(file);
        },
        leave: () => undefined,
        finish: async () => undefined,
      });
      const began = performance.now();
      expect(await daemon.reload()).toBe("refused");
      expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
      expect(notes).toEqual([{ event: "config.refused", reason: expect.stringContaining("a pipe") }]);
      await daemon.stop();
    });

    it("a file of authorities, and blocks nothing", () => {
      const value = place("authorities/one.pem", "");
      const began = performance.now();
      expect(() => certificateAuthorities({ caBundle: { value: path.dirname(value), from: "AWS_CA_BUNDLE" } })).toThrow(
        expect.objectContaining({ code: "FILE_UNREADABLE" }),
      );
      expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
    });

    it("a template in a folder that guard reads, and blocks nothing", async () => {
      const file = place("cdk.out/one.template.json", TEMPLATE);
      const began = performance.now();
      expect(await guard(path.dirname(file))).toContain("a pipe");
      expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
    });

    it("a nested template, and blocks nothing", async () => {
      place("nested/inner.nested.template.json", TEMPLATE);
      const outer = path.join(folder, "nested/outer.json");
      const nested = { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "inner.nested.template.json" } };
      writeFileSync(
        outer,
        JSON.stringify({
          Resources: { nested: { ...nested, Metadata: { "aws:asset:path": "inner.nested.template.json" } } },
        }),
      );
      const began = performance.now();
      expect(await guard(outer)).toMatch(/nested/);
      expect(exchange.file).toBe("");
      expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
    });
  },
);
