import { describe, expect, it } from "vitest";
import { checkProxyConfig } from "../src/index.ts";

describe("checkProxyConfig without a function that refuses", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a misspelt name", { version: 1, listn: [] }],
    ["a listener that is null", { version: 1, listen: [null], clients: [] }],
  ])("throws a ProxyError for %s", (_, config) => {
    expect(() => checkProxyConfig(config)).toThrow(
      expect.objectContaining({ name: "ProxyError", code: "INVALID_OPTION" }),
    );
  });

  it("refuses something else in its place", () => {
    expect(() => checkProxyConfig({}, {} as never)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("refuse: must be a function") }),
    );
  });
});
