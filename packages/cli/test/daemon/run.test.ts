import { describe, expect, it } from "vitest";
import { runDaemon } from "../../src/daemon/run.ts";
import type { Daemon } from "../../src/daemon/life.ts";
import { STOPPING } from "../../src/until-stopped.ts";
import { send } from "../send-signal.ts";

const counts = (): number[] => [...STOPPING, "SIGHUP"].map((signal) => process.listenerCount(signal));

it.each(STOPPING)("a daemon is told by %s to stop as soon as it opens its listeners, and stops", async (signal) => {
  const [before, counted] = [process.rawListeners(signal), counts()];
  const calls: string[] = [];
  const daemon: Daemon = {
    reload: async () => "ok",
    async stop() {
      calls.push("stop");
    },
    hurry: () => void calls.push("hurry"),
    addresses: [],
  };
  const close = async (): Promise<void> => void calls.push("close");
  const serve = async (): Promise<Daemon> => {
    send(signal, before);
    return daemon;
  };
  expect(await runDaemon(async () => ({ serve, checkCertificates() {}, close }), undefined, {})).toBe(0);
  expect(calls).toEqual(["stop", "close"]);
  expect(counts()).toEqual(counted);
});

it("a daemon that cannot listen leaves no listener for signals", async () => {
  const counted = counts();
  const serve = async (): Promise<Daemon> => {
    throw new Error("the port is taken");
  };
  const running = runDaemon(async () => ({ serve, checkCertificates() {}, close: async () => {} }), undefined, {});
  await expect(running).rejects.toThrow("the port is taken");
  expect(counts()).toEqual(counted);
});

describe("two signals while a daemon opens its listeners end its drain delay, and not the process", () => {
  it.each([
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGINT"],
    ["SIGINT", "SIGTERM"],
  ] as const)("%s and %s", async (first, second) => {
    const [before, counted] = [STOPPING.map((signal) => process.rawListeners(signal)), counts()];
    const calls: string[] = [];
    const close = async (): Promise<void> => void calls.push("close");
    const serve = async (): Promise<Daemon> => {
      for (const signal of [first, second]) send(signal, before[STOPPING.indexOf(signal)] ?? []);
      return {
        reload: async () => "ok",
        stop: async () => void calls.push("stop"),
        hurry: () => void calls.push("hurry"),
        addresses: [],
      };
    };
    expect(await runDaemon(async () => ({ serve, checkCertificates() {}, close }), undefined, {})).toBe(0);
    expect(calls).toEqual(["hurry", "stop", "close"]);
    expect(counts()).toEqual(counted);
  });
});

it("a third signal does what it does without a listener, whichever the first two were", async () => {
  const counted = counts();
  const before = STOPPING.map((signal) => process.rawListeners(signal));
  const seen: number[][] = [];
  const serve = async (): Promise<Daemon> => {
    send("SIGINT", before[STOPPING.indexOf("SIGINT")] ?? []);
    return {
      reload: async () => "ok",
      async stop() {
        send("SIGTERM", before[STOPPING.indexOf("SIGTERM")] ?? []);
        seen.push(counts());
      },
      hurry: () => undefined,
      addresses: [],
    };
  };
  const prepare = async () => ({ serve, checkCertificates() {}, close: async () => {} });
  expect(await runDaemon(prepare, undefined, {})).toBe(0);
  const [int, term, hup] = counted as [number, number, number];
  expect(seen).toEqual([[int, term, hup + 1]]);
});
