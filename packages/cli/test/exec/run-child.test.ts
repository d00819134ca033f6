import diagnostics from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { runChild } from "../../src/exec/run-child.ts";

const run = (...command: readonly string[]): Promise<number> =>
  runChild(command, { PATH: process.env["PATH"] }, { stderr: () => {} });
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const;
const listeners = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));

describe("the signals of a program", () => {
  let atStart: number[] = [];
  const keep = (): void => {
    atStart = listeners();
  };
  afterEach(() => diagnostics.unsubscribe("child_process", keep));

  it("are handed on from before it starts until it has ended: no signal ends this process and leaves it behind", async () => {
    const before = listeners();
    // Node publishes to this channel before it starts a process.
    diagnostics.subscribe("child_process", keep);
    expect(await run("sh", "-c", "exit 7")).toBe(7);
    expect(atStart).toEqual(before.map((count) => count + 1));
    expect(listeners()).toEqual(before);
  });

  it.each([
    ["that is not there", "/nowhere/at/all", 127],
    ["whose path goes through a file", "/bin/sh/below", 127],
    ["that may not be run", "/etc/passwd", 126],
  ])("are this process's own again after a program %s", async (_, file, code) => {
    const before = listeners();
    expect(await run(file)).toBe(code);
    expect(listeners()).toEqual(before);
  });
});
