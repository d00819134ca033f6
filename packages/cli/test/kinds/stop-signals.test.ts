import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startInBackground } from "../../src/local/start-in-background.ts";
import { main } from "../../src/main.ts";
import { STOPPING_IN_TERMINAL } from "../../src/until-stopped.ts";
import { send } from "../send-signal.ts";

const counts = (): number[] => STOPPING_IN_TERMINAL.map((signal) => process.listenerCount(signal));

/** Runs a command that gets a signal with the first line that it writes. */
async function stoppedAtOnce(args: readonly string[], signal: NodeJS.Signals): Promise<{ code: number; out: string }> {
  const before = process.rawListeners(signal);
  let out = "";
  const code = await main(args, {
    stdout: (output) => {
      out += output as string;
      send(signal, before);
    },
    stderr: () => undefined,
    env: {},
    isTerminal: false,
    columns: 80,
  });
  return { code, out };
}

describe("a command is told to stop as soon as it says that it listens, and stops in order", () => {
  it.each(STOPPING_IN_TERMINAL)("the inspector, by %s", async (signal) => {
    const { code, out } = await stoppedAtOnce(["explain", "--web"], signal);
    expect(code).toBe(0);
    await expect(fetch(out.trim())).rejects.toThrow("fetch failed");
  });

  it.each(STOPPING_IN_TERMINAL)("the local AWS, by %s, and its folder is removed", async (signal) => {
    const { code, out } = await stoppedAtOnce(["local", "--port", "0", "--json"], signal);
    const { AWS_CA_BUNDLE = "" } = JSON.parse(out) as Record<string, string>;
    expect([code, AWS_CA_BUNDLE !== "", existsSync(AWS_CA_BUNDLE)]).toEqual([0, true, false]);
  });
});

describe.skipIf(process.platform === "win32")("no local AWS stays in the background", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("when %s comes while it starts", async (signal, code) => {
    const [before, counted] = [process.rawListeners(signal), counts()];
    const starting = startInBackground(["--port", "0"], { env: process.env });
    send(signal, before);
    const { pid, ended } = await starting;
    expect(ended).toBe(code);
    expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
    expect(counts()).toEqual(counted);
  });
});
