import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sinkOf } from "../../src/daemon/line-sink.ts";
import type { Io } from "../../src/io.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-sink-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const io: Io = { stdout: () => undefined, stderr: () => undefined, env: {}, isTerminal: false, columns: 80 };

describe("lines to a file", () => {
  it("go to the new file after the old one was moved away", async () => {
    const sink = sinkOf(at("log"), io, "stderr");
    sink.write("one\n");
    renameSync(at("log"), at("log.1"));
    sink.reopen();
    sink.write("two\n");
    await sink.close();
    expect(readFileSync(at("log.1"), "utf8")).toBe("one\n");
    expect(readFileSync(at("log"), "utf8")).toBe("two\n");
  });

  it("begin a line of their own after one that was cut", async () => {
    writeFileSync(at("cut"), '{"half":');
    const sink = sinkOf(at("cut"), io, "stderr");
    sink.write("whole\n");
    await sink.close();
    expect(readFileSync(at("cut"), "utf8")).toBe('{"half":\nwhole\n');
    appendFileSync(at("cut"), "");
    const again = sinkOf(at("cut"), io, "stderr");
    again.write("more\n");
    await again.close();
    expect(readFileSync(at("cut"), "utf8")).toBe('{"half":\nwhole\nmore\n');
  });

  // /dev/full answers each write with ENOSPC, as a full disk does.
  it.skipIf(!existsSync("/dev/full"))("are counted while the disk is full, and written once it has room", async () => {
    symlinkSync("/dev/full", at("full"));
    const sink = sinkOf(at("full"), io, "stderr");
    sink.write("one\n");
    await expect.poll(() => sink.lost()).toBe(1);
    expect(sink.backlog()).toBe(Infinity);
    sink.write("two\n");
    expect(sink.lost()).toBe(2);
    expect(sink.fault()).toBe(`${at("full")} cannot be written (ENOSPC)`);
    rmSync(at("full"));
    await expect.poll(() => sink.backlog()).toBe(0);
    sink.write("three\n");
    await sink.close();
    expect(readFileSync(at("full"), "utf8")).toBe("three\n");
    expect(sink.lost()).toBe(2);
  });
});
