import { checkOptions, listOf, optional, shape, text } from "@countersign/signer/options";
import { refuseOption } from "./error.ts";
import { type FormRule, formRules } from "./evaluate/form.ts";
import type { Finding, Severity } from "./finding.ts";
import { rules } from "./rules/all-rules.ts";

/** The place of a finding in a file; lines and columns are counted from 1. */
export interface FileLocation {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A finding, with its place in a file where it has one. */
export interface LocatedFinding extends Finding {
  readonly location?: FileLocation | undefined;
  /** The resource in the file, such as `Lab` or `module.ml.aws_sagemaker_model.churn`. */
  readonly address?: string | undefined;
}

/** A rule that could not be judged, with its place in a file. */
export interface OpenResult {
  readonly rule: string;
  /** JSON pointer into the input. */
  readonly path: string;
  /** As it is written, such as `Ref Subnet`. */
  readonly expression: string;
  readonly decidedBy: string;
  readonly action?: string | undefined;
  readonly address?: string | undefined;
  readonly location?: FileLocation | undefined;
}

/** Options of `toSarif`. */
export interface SarifOptions {
  /** What could not be judged. Each is a result of the kind `open`, which is neither a fault nor a pass. Default: none. */
  readonly unjudged?: readonly OpenResult[] | undefined;
  /** URI of the file of findings that have no location of their own. Default: such findings have logical locations only. */
  readonly artifact?: string | undefined;
  /** Version of the tool that the log names. */
  readonly version?: string | undefined;
}

/** A log of SARIF 2.1.0: plain data. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly Readonly<Record<string, unknown>>[];
}

const levels = { low: "note", medium: "warning", high: "error", critical: "error" } as const;
/** GitHub sorts by this score: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning. */
const scores = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;

const TEXTS = ["rule", "severity", "action", "path", "message", "fix"] as const;

const isFindings = listOf(
  shape("a finding of the guard", (value) => {
    const finding = Object(value) as Readonly<Record<string, unknown>>;
    return (
      TEXTS.every((name) => typeof finding[name] === "string") &&
      Object.hasOwn(levels, String(finding["severity"])) &&
      Array.isArray(finding["references"]) &&
      finding["references"].every((reference) => typeof reference === "string")
    );
  }),
);

const isUnjudged = listOf(
  shape("what a verdict of the guard has in `unjudged`", (value) => {
    const open = Object(value) as Readonly<Record<string, unknown>>;
    return ["rule", "path", "expression", "decidedBy"].every((name) => typeof open[name] === "string");
  }),
);

/**
 * Findings as a SARIF 2.1.0 log, with one run.
 *
 * @throws GuardError `INVALID_OPTION` for unknown options, and for entries that are not findings.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @example
 * const log = toSarif(guard.check("CreateModel", { ModelName: "m" }, {}), { artifact: "create-model.json" });
 */
export function toSarif(findings: readonly LocatedFinding[], options?: SarifOptions): SarifLog {
  isFindings(findings, "findings", refuseOption);
  const {
    artifact,
    version,
    unjudged = [],
  } = checkOptions<SarifOptions>(
    options,
    { artifact: optional(text), version: optional(text), unjudged: optional(isUnjudged) },
    refuseOption,
  );
  const ids = [...new Set([...findings, ...unjudged].map(({ rule }) => rule))];
  const firsts = new Map<string, Finding>();
  for (const finding of findings) if (!firsts.has(finding.rule)) firsts.set(finding.rule, finding);
  const indexes = new Map(ids.map((id, index) => [id, index]));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "countersign-guard",
            ...(version === undefined ? {} : { semanticVersion: version }),
            rules: ids.map((id) => describe(id, firsts.get(id))),
          },
        },
        columnKind: "utf16CodeUnits",
        results: [
          ...findings.map((finding) => ({
            ruleId: finding.rule,
            ruleIndex: indexes.get(finding.rule),
            level: levels[finding.severity],
            message: { text: withoutLinks(`${finding.message} ${finding.fix}`) },
            locations: [locationOf(finding, artifact)],
            partialFingerprints: { "countersignGuard/v1": fingerprintOf(finding, artifact) },
          })),
          ...unjudged.map((open) => ({
            ruleId: open.rule,
            ruleIndex: indexes.get(open.rule),
            // SARIF 3.27.9: the rule was evaluated, and there was too little information to decide.
            kind: "open",
            level: "none",
            message: {
              text: withoutLinks(
                `The value is not known from the file: ${open.expression}. It is decided by ${open.decidedBy}.`,
              ),
            },
            locations: [locationOf(open, artifact)],
            partialFingerprints: { "countersignGuard/v1": fingerprintOf(open, artifact) },
          })),
        ],
      },
    ],
  };
}

type Placed = Pick<OpenResult, "rule" | "path" | "action" | "address" | "location">;

function locationOf({ location, address, action = "", path }: Placed, artifact: string | undefined): object {
  const uri = location?.file ?? artifact;
  const { line, column } = location ?? {};
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  const name = `${address === undefined ? action : `${address}:${action}`}${path}`;
  return {
    ...(uri === undefined ? {} : { physicalLocation: { artifactLocation: { uri: uriOf(uri) }, ...region } }),
    logicalLocations: [{ fullyQualifiedName: name, kind: "member" }],
  };
}

/** In a message `[text](target)` is a link, which a name in the file must not make (SARIF 3.11.6). */
function withoutLinks(message: string): string {
  return message.replaceAll(/[\\[\]]/g, String.raw`\$&`);
}

/** SARIF takes URI references, with `/` between folders; what is a query, a fragment or a scheme in a URI is a part of the name. */
function uriOf(file: string): string {
  const uri = encodeURI(file.replaceAll("\\", "/").replaceAll(/[\uD800-\uDFFF]/gu, "\uFFFD"));
  const escaped = uri.replaceAll("?", "%3F").replaceAll("#", "%23");
  // One letter is a drive of Windows if a folder follows. Two slashes would begin the name of a host.
  return /^[a-z](?:[a-z0-9+.-]+:|:(?!\/))/i.test(escaped) ? `./${escaped}` : escaped.replace(/^\/{2,}/, "/");
}

/**
 * The same for the same fault in the same resource, whatever line it is on: code hosts follow a finding by it. Two FNV-1a
 * hashes of 32 bits; it protects nothing.
 */
function fingerprintOf(finding: Placed, artifact: string | undefined): string {
  const text = [finding.rule, finding.location?.file ?? artifact, finding.address, finding.action, finding.path].join(
    "\n",
  );
  return [0x811c9dc5, 0x01000193].map((seed) => hash(text, seed).toString(16).padStart(8, "0")).join("");
}

function hash(text: string, seed: number): number {
  let sum = seed;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum >>> 0;
}

function describe(id: string, finding: Finding | undefined): Readonly<Record<string, unknown>> {
  const rule = rules.find((entry) => entry.id === id);
  const form = (formRules as Readonly<Record<string, FormRule>>)[id];
  const severity: Severity = rule?.severity ?? form?.severity ?? finding?.severity ?? "high";
  const isOther = finding === undefined && rule === undefined && form === undefined;
  const message =
    rule?.message ??
    form?.message ??
    (isOther ? "The guard does not know what the file has here" : "The posture is broken");
  const fix =
    rule?.fix ?? form?.fix ?? finding?.fix ?? "Use a release of the guard that knows it, or review it by hand.";
  const references = rule?.references ?? form?.references ?? finding?.references ?? [];
  const pages = references.filter((reference) => reference.startsWith("https:"));
  const controls = references.filter((reference) => !reference.startsWith("https:"));
  const known = controls.length === 0 ? "" : `\n\nAlso known as: ${controls.join(", ")}.`;
  return {
    id,
    name: id.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${message}.` },
    fullDescription: { text: `${message}. ${fix}` },
    help: {
      text: `${fix}\n\n${pages.join("\n")}${known}`,
      markdown: `${fix}\n\n${pages.map((page) => `- <${page}>`).join("\n")}${known}`,
    },
    helpUri: pages[0],
    defaultConfiguration: { level: levels[severity] },
    properties: {
      "security-severity": scores[severity],
      tags: ["security", ...(rule === undefined ? [] : [rule.topic])],
    },
  };
}
