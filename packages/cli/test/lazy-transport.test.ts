import { type Transport, createTransport } from "@countersign/transport";
import { expect, it, vi } from "vitest";
import { lazyTransport } from "../src/lazy-transport.ts";

function made(): { transport: Transport; make: ReturnType<typeof vi.fn<() => Transport>> } {
  const make = vi.fn<() => Transport>(() => createTransport());
  return { transport: lazyTransport(make), make };
}

it("is made by its first use, and once", async () => {
  const { transport, make } = made();
  expect(make).not.toHaveBeenCalled();
  expect(transport.policy.name).toBe("default");
  expect([transport.private, typeof transport.fetch, typeof transport.dispatcher.dispatch]).toEqual([
    false,
    "function",
    "function",
  ]);
  expect(transport.stats()).toEqual({ open: 0, idle: 0, pending: 0, handshakes: 0, refused: 0 });
  expect(transport.requestHandler().metadata.handlerProtocol).toBe("http/1.1");
  expect(transport.agent).toBe(transport.agent);
  expect(make).toHaveBeenCalledTimes(1);
  await transport.close();
});

it("has everything that a transport has", async () => {
  const { transport } = made();
  const whole = createTransport();
  expect(Reflect.ownKeys(transport).toSorted(byName)).toEqual(Reflect.ownKeys(whole).toSorted(byName));
  await whole.close();
});

it("is not made to be closed, and refuses requests afterwards", async () => {
  const { transport, make } = made();
  await transport.close();
  await transport[Symbol.asyncDispose]();
  expect(make).not.toHaveBeenCalled();
  await expect(transport.request("https://localhost:1/", { method: "GET" })).rejects.toMatchObject({ code: "CLOSED" });
  await expect(transport.probe("https://localhost:1/")).rejects.toMatchObject({ code: "CLOSED" });
});

const byName = (a: string | symbol, b: string | symbol): number => String(a).localeCompare(String(b));
