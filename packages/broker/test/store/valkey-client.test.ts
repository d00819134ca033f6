import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { storeFailureReason } from "../../src/store/store-failure.ts";
import { createScriptRunner } from "../../src/store/valkey-client.ts";

class FakeClient extends EventEmitter {
  isOpen: boolean | undefined;
  isReady: boolean | undefined;
  status: string | undefined;
  scripts = 0;
  async eval(): Promise<number> {
    this.scripts += 1;
    return this.scripts;
  }
}

describe("a client that is connecting", () => {
  it.each([
    ["the cluster of @redis/client, which has no event ready", "connect"],
    ["@redis/client", "ready"],
    ["@redis/client that is closed meanwhile", "end"],
    ["the cluster of @redis/client that is closed meanwhile", "disconnect"],
  ])("%s: the script waits for the event", async (_, event) => {
    const client = Object.assign(new FakeClient(), { isOpen: true, isReady: false });
    const runner = createScriptRunner(client);
    expect(runner.isConnecting()).toBe(true);
    const results = Promise.all([runner.run("", [], []), runner.run("", [], [])]);
    await Promise.resolve();
    expect(client.scripts).toBe(0);
    Object.assign(client, { isReady: true });
    client.emit(event);
    expect(await results).toEqual([1, 2]);
    expect(client.eventNames()).toEqual([]);
  });

  it("the ioredis family: the event connect comes before the client is ready, and ends no wait", async () => {
    const client = Object.assign(new FakeClient(), { status: "connecting" });
    const result = createScriptRunner(client).run("", [], []);
    client.status = "connect";
    client.emit("connect");
    await new Promise(setImmediate);
    expect(client.scripts).toBe(0);
    client.status = "ready";
    client.emit("ready");
    expect(await result).toBe(1);
  });

  it("adds no listener of errors, which would hide that the application has none", () => {
    const client = Object.assign(new FakeClient(), { isOpen: true, isReady: false });
    void createScriptRunner(client).run("", [], []);
    expect(client.listenerCount("error")).toBe(0);
  });
});

it.each([
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Cluster isn't ready and enableOfflineQueue options is false",
  "None of startup nodes is available",
  "Failed to refresh slots cache.",
  "All sentinels are unreachable. Retrying from scratch after 10ms.",
  "Connection is closed.",
  "The client is closed",
])("%s: the store is off with the reason NOT_CONNECTED", (message) => {
  expect(storeFailureReason(new Error(message))).toBe("NOT_CONNECTED");
});
