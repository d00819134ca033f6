import { executionAsyncId } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { createFlightTable } from "../../src/cache/flight-table.ts";
import { createRunStorage } from "../../src/model/run-storage.ts";

/** Whether the process follows promises: then each continuation has an id of its own. */
async function followsPromises(): Promise<boolean> {
  await Promise.resolve();
  const before = executionAsyncId();
  await Promise.resolve();
  return executionAsyncId() !== before;
}

// Node 24 and later keep the store in the continuation itself.
const isOld = Number(process.versions.node.split(".")[0]) < 24;

describe("the storage of work that runs", () => {
  it("tells each piece of work which it is, however they overlap and end", async () => {
    const storage = createRunStorage<string>();
    const seen: (string | undefined)[] = [];
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const slow = storage.run("slow", async () => {
      await gate;
      seen.push(storage.getStore());
      const inner = await storage.run("inner", async () => storage.getStore());
      seen.push(inner, storage.getStore());
    });
    const failing = storage.run("failing", async () => {
      await Promise.resolve();
      seen.push(storage.getStore());
      throw new Error("planted");
    });
    await expect(failing).rejects.toThrow("planted");
    expect(storage.getStore()).toBeUndefined();
    goOn();
    await slow;
    expect(seen).toEqual(["failing", "slow", "inner", "slow"]);
    expect(await storage.run("again", async () => storage.getStore())).toBe("again");
  });

  it.runIf(isOld)("follows the promises of the process only meanwhile", async () => {
    expect(await followsPromises()).toBe(false);
    const storage = createRunStorage<string>();
    expect(await storage.run("work", followsPromises)).toBe(true);
    await storage.run("work", async () => Promise.reject(new Error("planted"))).catch(() => undefined);
    expect(await followsPromises()).toBe(false);
    const flights = createFlightTable<boolean>();
    await expect(flights.start("key", "label", followsPromises).promise).resolves.toBe(true);
    expect(await followsPromises()).toBe(false);
  });
});
