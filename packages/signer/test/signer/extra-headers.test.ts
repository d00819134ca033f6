import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeaders } from "../../src/sigv4/canonical-headers.ts";
import { serviceRules } from "../../src/sigv4/service-rules.ts";
import { extraHeaders } from "../../src/signer/extra-headers.ts";

const rules = serviceRules("sagemaker");

/** What reading comes to: headers, or the code of the error. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

const name = fc.constantFrom(
  "x-amz-a",
  "X-Amz-A",
  "accept",
  "Accept",
  "authorization",
  "a b",
  "x-amz-date",
  "__proto__",
);
const value = fc.constantFrom<unknown>("a", " a ", "a  b", "", "caf\u00e9", "a\nb", undefined, 1, ["a", "b"], []);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 3 });
const headers = pairs.chain((given) => {
  const record = Object.defineProperties(
    {},
    Object.fromEntries(given.map(([key, held]) => [key, { value: held, enumerable: true }])),
  );
  return fc.constantFrom(record, Object.assign(Object.create(null) as object, record), new Map(given), given);
});

describe("the headers of a call", () => {
  it("are what readHeaders makes of them, whatever the calls before had", () => {
    fc.assert(
      fc.property(fc.array(headers, { minLength: 2, maxLength: 8 }), (calls) => {
        const extraOf = extraHeaders(rules);
        for (const call of calls) {
          const expected = outcomeOf(() => {
            const read = readHeaders(call as never);
            return { headers: read, isSigned: Object.keys(read).some((sent) => rules.signs(sent)) };
          });
          expect(outcomeOf(() => extraOf(call as never))).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are read once, also when a getter reads those of another call meanwhile", () => {
    const extraOf = extraHeaders(rules);
    let reads = 0;
    const outer = {
      "x-amz-a": "1",
      get accept() {
        reads++;
        extraOf({ "x-amz-b": "2", "x-amz-c": "3" });
        return "text/plain";
      },
    };
    for (let call = 1; call < 4; call++) {
      expect(extraOf(outer)).toEqual({ headers: { "x-amz-a": "1", accept: "text/plain" }, isSigned: true });
      expect(reads).toBe(call);
    }
  });
});
