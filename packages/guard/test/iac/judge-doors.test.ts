import { describe, expect, it } from "vitest";
import { judgeTemplate } from "../../src/iac/index.ts";
import { createGuard, toSarif } from "../../src/index.ts";

const refused = expect.objectContaining({ name: "GuardError", code: "INVALID_OPTION" });
const guard = createGuard({ posture: "baseline" });

describe("judgeTemplate", () => {
  it.each<[string, unknown, unknown]>([
    ["nothing", undefined, undefined],
    ["no guard", {}, []],
    ["resources that are not a list", guard, {}],
    ["a resource that is null", guard, [null]],
    ["a resource from elsewhere", guard, [{}]],
  ])("refuses %s", (_, given, resources) => {
    expect(() => judgeTemplate(given as never, resources as never)).toThrow(refused);
  });
});

describe("toSarif", () => {
  const [finding] = guard.check("CreateModel", {});

  it.each<[string, unknown]>([
    ["null", null],
    ["text", "text"],
    ["an object without members", {}],
    ["a severity of its own", { ...finding, severity: "constructor" }],
    ["references that are not a list", { ...finding, references: {} }],
    ["a reference that is null", { ...finding, references: [null] }],
    ["a symbol as path", { ...finding, path: Symbol("path") }],
  ])("refuses a finding that is or has %s", (_, entry) => {
    expect(() => toSarif([entry] as never)).toThrow(refused);
  });

  it("takes what the guard finds", () => {
    expect(finding).toBeDefined();
    expect(toSarif(guard.check("CreateModel", {})).runs).toHaveLength(1);
  });
});
