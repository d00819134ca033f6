import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
beforeAll(async () => {
  local = await startLocalAws();
});
afterAll(() => local[Symbol.asyncDispose]());

describe("options are own properties, read once: credentials without an expiry", () => {
  it.each([
    ["a text", "expiration", "soon"],
    ["a time that has passed", "expiration", new Date(0)],
    ["an account", "accountId", "999999999999"],
  ])("inherit none from a polluted Object.prototype: %s", async (_what, name, value) => {
    const client = local.client();
    const first = await client.invoke("echo", "before");
    expect(first.text()).toBe("before");
    Reflect.set(Object.prototype, name, value);
    try {
      for (const body of ["first", "second"]) expect((await client.invoke("echo", body)).text()).toBe(body);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
