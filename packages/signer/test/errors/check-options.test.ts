import { anything, assert, property } from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { SignerError } from "../../src/errors/error.ts";
import { createClock } from "../../src/index.ts";
import {
  checkOptions,
  clockShape,
  listOf,
  nearestName,
  nested,
  oneOf,
  optional,
  signalShape,
  text,
  wholeNumber,
} from "../../src/errors/check-options.ts";

interface Options {
  readonly region: string;
  readonly mode?: string | undefined;
  readonly timeouts?: { readonly connectMs?: number | undefined } | undefined;
  readonly names?: readonly string[] | undefined;
}

const refuse = (message: string): never => {
  throw new SignerError("INVALID_OPTION", message);
};
const check = (given: unknown): Options =>
  checkOptions<Options>(
    given as Options,
    {
      region: text,
      mode: optional(oneOf("enforce", "report")),
      timeouts: optional(nested({ connectMs: optional(wholeNumber(1, 1000, "milliseconds")) })),
      names: optional(listOf(text)),
    },
    refuse,
  );

describe("checked options", () => {
  it.each([
    [undefined, "region: must be text that is not empty"],
    [null, "options: must be an object"],
    [[], "options: must be an object"],
    ["eu-west-1", "options: must be an object"],
    [{ region: undefined }, "region: must be text that is not empty"],
    [{ region: "a", mdoe: "report" }, "mdoe: is not an option; did you mean mode?"],
    [{ region: "a", zebra: 1 }, "zebra: is not an option; the options are region, mode, timeouts, names"],
    [{ region: "a", mode: "off" }, 'mode: must be "enforce" or "report"'],
    [{ region: "a", timeouts: { conectMs: 5 } }, "timeouts.conectMs: is not an option; did you mean connectMs?"],
    [{ region: "a", timeouts: 5 }, "timeouts: must be an object"],
    [
      { region: "a", timeouts: { connectMs: 0 } },
      "timeouts.connectMs: must be a whole number of milliseconds from 1 to 1000",
    ],
    [{ region: "a", names: "b" }, "names: must be a list"],
    [{ region: "a", names: ["b", 5] }, "names[1]: must be text that is not empty"],
  ])("refuse %j", (given, message) => {
    expect(() => check(given)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", message }));
  });

  it("take undefined for left out", () => {
    expect(Object.keys(check({ region: "a", mode: undefined }))).toEqual(["region"]);
  });

  it("are read once, and inherit nothing", () => {
    let reads = 0;
    const checked = check({
      get region() {
        reads += 1;
        return reads === 1 ? "eu-west-1" : "evil";
      },
    });
    expect([checked.region, checked.region, reads]).toEqual(["eu-west-1", "eu-west-1", 1]);
    expect(Object.getPrototypeOf(checked)).toBeNull();
  });

  describe("on a machine whose Object.prototype is polluted", () => {
    const polluted: object = Object.prototype;

    afterEach(() => {
      for (const name of ["mode", "region", "timeouts"]) Reflect.deleteProperty(polluted, name);
    });

    it("hold what was given and nothing else", () => {
      for (const name of ["mode", "region", "timeouts"]) {
        Object.defineProperty(polluted, name, { value: "evil", configurable: true, writable: true });
      }
      expect(() => check({})).toThrow("region: must be");
      const checked = check({ region: "a" });
      expect([checked.region, checked.mode, checked.timeouts]).toEqual(["a", undefined, undefined]);
    });
  });

  it("never fail with anything but the typed error", () => {
    assert(
      property(anything(), (given) => {
        let error: unknown;
        try {
          check(given);
        } catch (thrown) {
          error = thrown;
        }
        expect(error === undefined || error instanceof SignerError).toBe(true);
      }),
    );
  });

  it("check contracts whole", () => {
    const clock = createClock();
    expect(clockShape(clock, "clock", refuse)).toBe(clock);
    expect(() => clockShape({ now: () => 0 }, "clock", refuse)).toThrow("clock: must be a clock from createClock()");
    expect(() => signalShape({}, "signal", refuse)).toThrow("signal: must be an AbortSignal");
    const { signal } = new AbortController();
    expect(signalShape(signal, "signal", refuse)).toBe(signal);
  });
});

describe("the nearest name", () => {
  it.each([
    ["netwrok", "network"],
    ["authorise", "authorize"],
    ["dualstack", "dualStack"],
    ["externalID", "externalId"],
    ["traget", "target"],
    ["xyz", undefined],
  ])("of %s is %s", (name, nearest) => {
    expect(nearestName(name, ["network", "authorize", "dualStack", "externalId", "target"])).toBe(nearest);
  });

  it("is found in time for a name of any length", () => {
    expect(nearestName("x".repeat(1_000_000), ["network"])).toBeUndefined();
  });
});
