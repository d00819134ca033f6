import { describe, expect, it } from "vitest";
import { createBroker } from "../../src/index.ts";

describe("transitiveTagKeys", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["a list with null", [null]],
    ["a list with an object", [Object.create(null)]],
    ["text", "team"],
  ])("refuses %s", (_, transitiveTagKeys) => {
    const broker = createBroker({ region: "eu-west-1", credentials: async () => Promise.reject(new Error("unused")) });
    const spec = { roleArn: "arn:aws:iam::111122223333:role/r", tags: { team: "ml" }, transitiveTagKeys };
    expect(() => broker.role(spec as never)).toThrow(expect.objectContaining({ code: "INVALID_SPEC" }));
  });
});
