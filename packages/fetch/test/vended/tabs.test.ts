import { type Clock, createClock } from "@countersign/signer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FetchError } from "../../src/errors/fetch-error.ts";
import { nameOf } from "../../src/vended/principal.ts";
import { createTabs, type Tabs } from "../../src/vended/tabs.ts";

/** Web Locks of one browser: one holder for each name, the others wait in order or until their signal aborts. */
function locksOfBrowser() {
  const tails = new Map<string, Promise<unknown>>();
  const taken = new Set<string>();
  return {
    query: async () => ({ held: Array.from(taken, (name) => ({ name })), pending: [] }),
    request<Result>(name: string, { signal }: { signal: AbortSignal }, held: () => Promise<Result>): Promise<Result> {
      const before = tails.get(name) ?? Promise.resolve();
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
      const mine = Promise.race([before, aborted])
        .then(() => (taken.add(name), held()))
        .finally(() => taken.delete(name));
      tails.set(name, Promise.allSettled([before, mine]));
      return mine;
    },
  };
}

const tabs: Tabs[] = [];
const open = (principal = '["ada"]', clock: Pick<Clock, "now" | "sleep"> = createClock()): Tabs => {
  const tab = createTabs("https://b.test/v1/vend/chat", principal, clock);
  tabs.push(tab);
  return tab;
};
const key = (id: string) => ({
  accessKeyId: id,
  secretAccessKey: "s",
  sessionToken: "t",
  expiration: new Date(Date.now() + 3_600_000),
});
const failing = (ms: number) => async () => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  throw new FetchError("VENDING_FAILED", "url");
};

beforeEach(() => {
  vi.stubGlobal("window", {});
  vi.stubGlobal("navigator", { locks: locksOfBrowser() });
});
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.leave();
  vi.unstubAllGlobals();
});

describe("the tabs of one user", () => {
  it("wait for one renewal, and take its credentials over", async () => {
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIA1"));
    const got = await Promise.all([open(), open(), open()].map((tab) => tab.renewOnce(() => true, renew)));
    expect(got.map(({ accessKeyId }) => accessKeyId)).toEqual(["ASIA1", "ASIA1", "ASIA1"]);
    expect(renew).toHaveBeenCalledOnce();
  });

  it("hear an answer that arrived while the page hung", async () => {
    await open().renewOnce(
      () => true,
      async () => key("ASIA1"),
    );
    const clock = createClock();
    let hangMs = 200;
    const sleep: Clock["sleep"] = (ms, signal) => {
      const slept = clock.sleep(ms, signal);
      // Once, for longer than the whole wait: the timer ends before any message is read.
      const end = performance.now() + hangMs;
      while (performance.now() < end);
      hangMs = 0;
      return slept;
    };
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIA2"));
    const got = await open('["ada"]', { ...clock, sleep }).renewOnce(() => true, renew);
    expect(got.accessKeyId).toBe("ASIA1");
    expect(renew).not.toHaveBeenCalled();
  });

  it("wait longer for a tab that they found renewing, even if nothing was heard of it yet", async () => {
    const Channel = BroadcastChannel;
    // Messages that take longer than a tab without any sign of another one waits.
    class SlowChannel extends Channel {
      #isClosed = false;
      override postMessage(message: unknown): void {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
        setTimeout(() => this.#isClosed || super.postMessage(message), 150);
      }
      override close(): void {
        this.#isClosed = true;
        super.close();
      }
    }
    vi.stubGlobal("BroadcastChannel", SlowChannel);
    const first = open().renewOnce(
      () => true,
      async () => key("ASIA1"),
    );
    // The first one holds the lock, and waits for answers.
    await expect.poll(async () => (await navigator.locks.query()).held).toHaveLength(1);
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIA2"));
    expect((await open().renewOnce(() => true, renew)).accessKeyId).toBe("ASIA1");
    expect((await first).accessKeyId).toBe("ASIA1");
    expect(renew).not.toHaveBeenCalled();
  });

  it("fail together when the broker hangs, instead of one after another", async () => {
    const renew = vi.fn<() => Promise<never>>(failing(700));
    const start = performance.now();
    const outcomes = await Promise.allSettled(
      [open(), open(), open(), open()].map((tab) => tab.renewOnce(() => true, renew)),
    );
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as unknown)).toMatchObject(
      Array.from({ length: 4 }, () => ({ code: "VENDING_FAILED" })),
    );
    expect(renew).toHaveBeenCalledOnce();
    // A tab that does not hear of the failure waits for twelve seconds.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("of another user wait for neither, and hear nothing", async () => {
    const slow = open().renewOnce(() => true, failing(700));
    slow.catch(() => undefined);
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIABOB"));
    expect((await open('["bob"]').renewOnce(() => true, renew)).accessKeyId).toBe("ASIABOB");
    await expect(slow).rejects.toMatchObject({ code: "VENDING_FAILED" });
  });

  it("keep nothing after leaving, also of a renewal that ends later", async () => {
    const [leaving, staying] = [open(), open()];
    const late = leaving.renewOnce(
      () => true,
      async () => {
        leaving.leave();
        return key("ASIALATE");
      },
    );
    await late;
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIANEW"));
    expect((await staying.renewOnce(() => true, renew)).accessKeyId).toBe("ASIANEW");
  });

  it.each<[string, object]>([
    ["expiration is a BigInt", { expiration: 1n }],
    ["expiration is an object without a primitive value", { expiration: { toString: 1, valueOf: 1 } }],
    ["expiration is a list of such objects", { expiration: [{ toString: 1, valueOf: 1 }] }],
    ["expiration is no date", { expiration: new Date(Number.NaN) }],
    ["expiration is absent", { expiration: undefined }],
    ["session token cannot sign", { sessionToken: "t\n" }],
  ])("survive a message whose %s, and take the next one over", async (_what, change) => {
    const uncaught = vi.fn<(error: unknown) => void>();
    process.on("uncaughtException", uncaught);
    const tab = open();
    const sibling = new BroadcastChannel(`countersign:https://b.test/v1/vend/chat:${await nameOf('["ada"]')}`);
    sibling.addEventListener("message", ({ data }) => {
      if (data !== null) return;
      for (const message of [{ ...key("ASIABAD"), ...change }, key("ASIAGOOD")]) {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
        sibling.postMessage(message);
      }
    });
    const got = await tab.renewOnce(
      () => true,
      async () => key("ASIAOWN"),
    );
    sibling.close();
    process.off("uncaughtException", uncaught);
    expect([got.accessKeyId, uncaught.mock.calls]).toEqual(["ASIAGOOD", []]);
  });

  const denied = async (): Promise<never> => {
    throw new DOMException("denied", "SecurityError");
  };

  it.each<[string, () => void]>([
    ["refuses to list locks", () => vi.stubGlobal("navigator", { locks: { ...locksOfBrowser(), query: denied } })],
    ["refuses locks", () => vi.stubGlobal("navigator", { locks: { ...locksOfBrowser(), request: denied } })],
    [
      "refuses channels",
      () =>
        vi.stubGlobal("BroadcastChannel", function refuse() {
          throw new DOMException("denied", "SecurityError");
        }),
    ],
  ])("renew by themselves where the browser %s", async (_what, stub) => {
    stub();
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => key("ASIA1"));
    expect((await open().renewOnce(() => true, renew)).accessKeyId).toBe("ASIA1");
    expect(renew).toHaveBeenCalledOnce();
    await expect(open('["bob"]').renewOnce(() => true, failing(1))).rejects.toMatchObject({ code: "VENDING_FAILED" });
  });

  it.each([
    ["while it asks the other tabs", 10],
    ["while it renews", 200],
  ])("go on with the one renewal when their lock is stolen %s", async (_when, ms) => {
    const locks = locksOfBrowser();
    let steal = (): void => undefined;
    const request: typeof locks.request = (name, options, held) =>
      Promise.race([
        locks.request(name, options, held),
        new Promise<never>((_resolve, reject) => {
          steal = () => reject(new DOMException("stolen", "AbortError"));
        }),
      ]);
    vi.stubGlobal("navigator", { locks: { ...locks, request } });
    const renew = vi.fn<() => Promise<ReturnType<typeof key>>>(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return key("ASIA1");
    });
    const renewed = open().renewOnce(() => true, renew);
    await new Promise((resolve) => setTimeout(resolve, ms));
    steal();
    expect((await renewed).accessKeyId).toBe("ASIA1");
    expect(renew).toHaveBeenCalledOnce();
  });
});
