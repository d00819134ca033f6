import { afterEach, describe, expect, it } from "vitest";
import { createBroker, settingsOf } from "../../src/index.ts";

const names = ["transport", "clock", "endpoint", "credentials", "store", "config"];

afterEach(() => {
  for (const name of names) Reflect.deleteProperty(Object.prototype, name);
});

describe("a polluted Object.prototype", () => {
  it.each(["transport", "clock", "endpoint", "store"])("does not give a broker its %s", (name) => {
    const calls: string[] = [];
    const trap = new Proxy({}, { get: (_, key) => void calls.push(String(key)) });
    Reflect.defineProperty(Object.prototype, name, { value: trap, configurable: true, writable: true });
    const broker = createBroker({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "x" },
    });
    broker.role({ roleArn: "arn:aws:iam::111122223333:role/r" });
    expect(calls).toEqual([]);
  });

  it.each(["config", "credentials"])("does not name the file of %s", (name) => {
    const env = { AWS_CONFIG_FILE: "/nonexistent/a", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/b" };
    Reflect.defineProperty(Object.prototype, name, { value: "/", configurable: true, writable: true });
    expect(settingsOf({ env }).profile).toBe("default");
  });
});
