import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createEmitter } from "@countersign/signer";

const clock = { now: () => 42 };

describe("createEmitter", () => {
  it("gives dated events to the listener and to the channel of their name", () => {
    const seen: unknown[] = [];
    const onMessage = (message: unknown): void => void seen.push(["channel", message]);
    const emit = createEmitter((event) => seen.push(["listener", event]), clock);
    subscribe("countersign:clock.skew", onMessage);
    emit("clock.skew", () => ({ offsetMs: 1 }));
    unsubscribe("countersign:clock.skew", onMessage);
    emit("clock.skew", () => ({ offsetMs: 2 }));
    const event = (offsetMs: number) => ({ name: "clock.skew", at: 42, offsetMs });
    expect(seen).toEqual([
      ["channel", event(1)],
      ["listener", event(1)],
      ["listener", event(2)],
    ]);
  });

  it("asks for no fields without a listener", () => {
    const emit = createEmitter(undefined, clock);
    expect(channel("countersign:store.open").hasSubscribers).toBe(false);
    expect(() =>
      emit("store.open", () => {
        throw new Error("asked");
      }),
    ).not.toThrow();
  });

  it("is not changed by a listener that throws", () => {
    const emit = createEmitter(() => {
      throw new Error("listener");
    }, clock);
    expect(() => emit("clock.skew", () => ({ offsetMs: 1 }))).not.toThrow();
  });

  it.each<[string, () => unknown]>([
    ["an async function", () => Promise.reject(new Error("listener"))],
    ["a promise that fails later", () => new Promise((_, reject) => setTimeout(reject, 1, new Error("later")))],
    ["a number, as push does", () => [].length],
    ["null", () => null],
  ])("is not changed by a listener that returns what it need not: %s", async (_, returned) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const emit = createEmitter(returned, clock);
    expect(() => emit("clock.skew", () => ({ offsetMs: 1 }))).not.toThrow();
    await delay(20);
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  });
});
