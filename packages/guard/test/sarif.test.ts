import { describe, expect, it } from "vitest";
import { createGuard, toSarif } from "../src/index.ts";

describe("toSarif", () => {
  const guard = createGuard({ posture: "private" });
  const findings = guard.check("CreateModel", { ModelName: "m" }, {});

  it("writes each finding where it stands, and each rule once", () => {
    const log = toSarif(findings, { artifact: "create-model.json" });
    expect(log.version).toBe("2.1.0");
    const [run] = log.runs as unknown as readonly {
      readonly tool: {
        readonly driver: { readonly rules: readonly { readonly id: string; readonly helpUri: string }[] };
      };
      readonly results: readonly unknown[];
    }[];
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([
      "container-internet",
      "network-isolation",
      "model-vpc",
    ]);
    for (const rule of run?.tool.driver.rules ?? [])
      expect(rule.helpUri).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    expect(run?.results[1]).toEqual({
      ruleId: "network-isolation",
      ruleIndex: 1,
      level: "error",
      message: { text: expect.stringContaining("EnableNetworkIsolation") as string },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "create-model.json" } },
          logicalLocations: [{ fullyQualifiedName: "CreateModel/EnableNetworkIsolation", kind: "member" }],
        },
      ],
    });
  });

  it("writes an empty run for a request without findings", () => {
    expect(toSarif([]).runs).toEqual([{ tool: { driver: { name: "countersign-guard", rules: [] } }, results: [] }]);
  });

  it("writes findings of rules that are not in the table", () => {
    const unknown = {
      rule: "ours",
      severity: "low",
      action: "CreateModel",
      path: "",
      message: "No.",
      fix: "Do.",
      references: [],
    } as const;
    expect(JSON.parse(JSON.stringify(toSarif([unknown])))).toMatchObject({
      runs: [{ results: [{ ruleId: "ours", level: "note" }] }],
    });
  });
});
