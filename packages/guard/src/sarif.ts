import type { Finding, Severity } from "./finding.ts";
import { rules } from "./rules/all-rules.ts";

/** Where the findings were made. */
export interface SarifOptions {
  /** URI of the file that holds the request. Default: none, the findings have logical locations only. */
  readonly artifact?: string | undefined;
}

/** A log of SARIF 2.1.0, as code hosts take it: plain data. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly Readonly<Record<string, unknown>>[];
}

const levels = { low: "note", medium: "warning", high: "error", critical: "error" } as const;
/** GitHub sorts by this score: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning. */
const scores = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;

/**
 * Findings as a SARIF 2.1.0 log.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @example
 * const log = toSarif(guard.check("CreateModel", { ModelName: "m" }, {}), { artifact: "create-model.json" });
 */
export function toSarif(findings: readonly Finding[], { artifact }: SarifOptions = {}): SarifLog {
  const ids = [...new Set(findings.map(({ rule }) => rule))];
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "countersign-guard", rules: ids.map((id) => describe(id, findings)) } },
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: levels[finding.severity],
          message: { text: `${finding.message} ${finding.fix}` },
          locations: [
            {
              ...(artifact === undefined ? {} : { physicalLocation: { artifactLocation: { uri: artifact } } }),
              logicalLocations: [{ fullyQualifiedName: `${finding.action}${finding.path}`, kind: "member" }],
            },
          ],
        })),
      },
    ],
  };
}

function describe(id: string, findings: readonly Finding[]): Readonly<Record<string, unknown>> {
  const finding = findings.find(({ rule }) => rule === id);
  const rule = rules.find((entry) => entry.id === id);
  const severity: Severity = finding?.severity ?? "high";
  const references = finding?.references ?? [];
  return {
    id,
    shortDescription: { text: `${rule?.message ?? "The request cannot be judged"}.` },
    help: { text: `${finding?.fix ?? ""} ${references.join(", ")}` },
    helpUri: references[0],
    defaultConfiguration: { level: levels[severity] },
    properties: {
      "security-severity": scores[severity],
      tags: ["security", ...(rule === undefined ? [] : [rule.topic])],
    },
  };
}
