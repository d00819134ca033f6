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
      partialFingerprints: { "countersignGuard/v1": expect.stringMatching(/^[0-9a-f]{16}$/) as string },
    });
  });

  it("writes an empty run for a request without findings", () => {
    expect(toSarif([], { version: "1.2.3" }).runs).toEqual([
      {
        tool: { driver: { name: "countersign-guard", semanticVersion: "1.2.3", rules: [] } },
        columnKind: "utf16CodeUnits",
        results: [],
      },
    ]);
  });

  it("writes regions, and fingerprints that stay when only the line changes", () => {
    const at = (line: number, address: string) =>
      toSarif(findings.map((finding) => ({ ...finding, address, location: { file: "a b\\c.yaml", line, column: 3 } })));
    const results = (log: ReturnType<typeof at>) =>
      (log.runs[0] as unknown as { results: { partialFingerprints: object; locations: object[] }[] }).results;
    expect(results(at(7, "Churn"))[0]?.locations[0]).toEqual({
      physicalLocation: { artifactLocation: { uri: "a%20b/c.yaml" }, region: { startLine: 7, startColumn: 3 } },
      logicalLocations: [{ fullyQualifiedName: "Churn:CreateModel/VpcConfig", kind: "member" }],
    });
    const names = [
      ["//a.test/t.yaml", "/a.test/t.yaml"],
      ["a:b.json", "./a:b.json"],
      ["https:t.yaml", "./https:t.yaml"],
      ["C:\\t.yaml", "C:/t.yaml"],
      ["./a:b.json", "./a:b.json"],
    ] as const;
    for (const [file, uri] of names) {
      const [found] = results(toSarif(findings.slice(0, 1).map((one) => ({ ...one, location: { file } }))));
      expect(found?.locations[0]).toMatchObject({ physicalLocation: { artifactLocation: { uri } } });
    }
    const prints = (line: number, address: string) =>
      results(at(line, address)).map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
    expect(prints(7, "Churn")).toEqual(prints(99, "Churn"));
    expect(new Set([...prints(7, "Churn"), ...prints(7, "Other")]).size).toBe(2 * findings.length);
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

  it("has what could not be judged as open results, which are neither faults nor passes", () => {
    const open = {
      rule: "network-isolation",
      path: "/EnableNetworkIsolation",
      expression: "Ref Iso",
      decidedBy: "--parameters Iso=VALUE",
      action: "CreateModel",
      address: "Churn",
      location: { file: "t.yaml", line: 4, column: 7 },
    };
    const unmapped = {
      rule: "unmapped",
      path: "",
      expression: "the type AWS::SageMaker::Quantum",
      decidedBy: "a release",
    };
    const [run] = toSarif([], { unjudged: [open, unmapped] }).runs as [
      { results: object[]; tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } } },
    ];
    expect(run.results).toMatchObject([
      {
        ruleId: "network-isolation",
        kind: "open",
        level: "none",
        message: { text: "The value is not known from the file: Ref Iso. It is decided by --parameters Iso=VALUE." },
        locations: [
          { physicalLocation: { artifactLocation: { uri: "t.yaml" }, region: { startLine: 4, startColumn: 7 } } },
        ],
      },
      { ruleId: "unmapped", ruleIndex: 1, kind: "open" },
    ]);
    expect(run.tool.driver.rules.map(({ id, shortDescription }) => `${id}: ${shortDescription.text}`)).toEqual([
      "network-isolation: The container may make outbound calls (network isolation is off by default).",
      "unmapped: The guard does not know what the file has here.",
    ]);
    for (const unjudged of [{}, [7], [{ ...open, rule: 7 }]])
      expect(() => toSarif([], { unjudged } as never)).toThrow(/^unjudged/);
  });
});
