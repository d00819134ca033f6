import { expect, it } from "vitest";
import { runDaemon } from "../../src/daemon/run.ts";
import type { Daemon } from "../../src/daemon/life.ts";
import { STOPPING, untilStopped } from "../../src/until-stopped.ts";
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

it("waiting that was ended does not resolve", async () => {
  const before = process.rawListeners("SIGTERM");
  const ended = new AbortController();
  const stopped = untilStopped(STOPPING, ended.signal);
  ended.abort();
  send("SIGTERM", before);
  expect(await Promise.race([stopped, Promise.resolve("waits")])).toBe("waits");
});
