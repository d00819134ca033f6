import { describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors/error.ts";
import { sources } from "../../src/sources/sources.ts";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" };
const absent = async (): Promise<never> => {
  throw new BrokerError("SOURCE_ABSENT", "one: is not set up");
};

describe("sources.chain", () => {
  it("goes on from a source that is not set up, and passes requests on", async () => {
    const requests: unknown[] = [];
    const last = async (request: unknown) => {
      requests.push(request);
      return keys;
    };
    const provide = sources.chain([absent, last, () => Promise.reject(new Error("not asked"))]);
    await expect(provide()).resolves.toBe(keys);
    await provide({ forceRefresh: true });
    expect(requests).toEqual([{}, { forceRefresh: true }]);
  });

  it.each([
    ["that fails", new BrokerError("SOURCE_UNAVAILABLE", "one: failed")],
    ["that is set up wrongly", new BrokerError("SOURCE_INVALID", "config:1: wrong")],
    ["of another package", new Error("a bug")],
  ])("stops at a source %s", async (_, error) => {
    const provide = sources.chain([() => Promise.reject(error), async () => keys]);
    await expect(provide()).rejects.toBe(error);
  });

  it("lists what was looked for when no source is set up", async () => {
    await expect(sources.chain([absent, absent])()).rejects.toMatchObject({
      code: "SOURCE_ABSENT",
      message: "no credentials: one: is not set up; one: is not set up",
    });
  });

  it.each([[undefined], [[]], [[{}]], ["environment"]])("refuses %j", (given) => {
    expect(() => sources.chain(given as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(/^providers/) }),
    );
  });
});
