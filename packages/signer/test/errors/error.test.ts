import { describe, expect, it } from "vitest";
import { CountersignError, SignerError } from "../../src/errors/error.ts";

class Special extends SignerError {
  static override readonly name: string = "Special";
}

describe("an error", () => {
  it("is an instance of its class and of all above, and of no other", () => {
    const error = new Special("INVALID_URL", "url");
    for (const type of [Special, SignerError, CountersignError, Error]) expect(error).toBeInstanceOf(type);
    expect(new SignerError("INVALID_URL", "url")).not.toBeInstanceOf(Special);
    expect(new Error("url")).not.toBeInstanceOf(CountersignError);
    for (const none of [undefined, null, 1, {}]) expect(none instanceof CountersignError).toBe(false);
  });

  it("is named after its class, in its text and its stack", () => {
    const error = new SignerError("INVALID_URL", "url", { cause: 1 });
    expect(error).toMatchObject({ name: "SignerError", code: "INVALID_URL", cause: 1 });
    expect(String(error)).toBe("SignerError: url");
    expect(error.stack).toContain("SignerError: url");
    expect(Object.keys(error)).toEqual(["code"]);
  });
});
