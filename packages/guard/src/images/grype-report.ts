import { type CoverageGap, gap } from "./coverage.ts";
import { quote } from "../quote.ts";
import { readIgnoreRules } from "./grype-ignores.ts";
import { createStrayFinder } from "./members.ts";
import { aliasOf, listAt, textAt, textsAt, valueAt } from "./reading.ts";
import { type Report, digestsIn, reportSource } from "./report.ts";
import { type ImageSource, type NoScan, type Scan, instantOf, noScan, severityRank } from "./scan.ts";
import type { ImageFinding } from "./verdict.ts";

/**
 * Findings of a Grype report (`grype IMAGE -o json`).
 *
 * @param report the path of the file, its bytes, or the parsed object.
 * @throws GuardError `INVALID_OPTION` for any other value.
 * @see https://github.com/anchore/grype#output-formats
 */
export function grypeReport(report: Report): ImageSource {
  return reportSource("Grype", report, readGrype);
}

const named = { id: "text" } as const;
const match = {
  vulnerability: { id: "text", severity: "text", fix: { state: "text" }, advisories: [named] },
  relatedVulnerabilities: [named],
  artifact: { name: "text", version: "any", type: "any" },
} as const;
const rule = {
  reason: "text",
  "match-type": "text",
  package: { type: "text", name: "text", "upstream-name": "text" },
} as const;
const matcher = { "using-cpes": "flag" } as const;
// Releases before 0.88 write a Go error, which can be any JSON.
const status = { built: "text", valid: "flag", error: "any" } as const;

const strayMember = createStrayFinder({
  matches: [match],
  ignoredMatches: [{ ...match, appliedIgnoreRules: [rule] }],
  alertsByPackage: [{ alerts: [{ type: "any" }] }],
  source: {
    type: "text",
    target: { manifestDigest: "text", repoDigests: "texts", tags: "texts", architecture: "text", os: "text" },
  },
  distro: { name: "text", version: "text" },
  descriptor: {
    name: "text",
    timestamp: "text",
    db: { ...status, status },
    configuration: {
      "only-fixed": "flag",
      "only-notfixed": "flag",
      "by-cve": "flag",
      "match-upstream-kernel-headers": "flag",
      "vex-documents": "texts",
      "ignore-wontfix": "text",
      ignore: [rule],
      exclude: "any",
      distro: "any",
      platform: "text",
      search: { "indexed-archives": "flag" },
      alerts: { "enable-eol-distro-warnings": "flag" },
      match: { stock: matcher, jvm: matcher },
    },
  },
});

/** Reads a report; no scan unless it shows that an image was scanned with a database of known age. */
function readGrype(report: unknown): Scan | NoScan {
  if (textAt(report, "descriptor", "name") !== "grype") return noScan("the Grype report does not name Grype");
  if (textAt(report, "source", "type") !== "image") return noScan("the Grype report is not about an image");
  const scannedAt = instantOf(textAt(report, "descriptor", "timestamp"));
  const database =
    instantOf(textAt(report, "descriptor", "db", "built")) ??
    instantOf(textAt(report, "descriptor", "db", "status", "built"));
  if (scannedAt === undefined) return noScan("the Grype report has no date");
  if (database === undefined) return noScan("the Grype report does not say how old its vulnerability database is");
  const stray = strayMember(report);
  if (stray !== undefined) return noScan(`the Grype report has the member ${stray} than Grype writes it`);
  const matches = listAt(report, "matches");
  const ignored = valueAt(report, "ignoredMatches") ?? [];
  if (matches === undefined || !Array.isArray(ignored)) return noScan("the Grype report is malformed");

  const rules = readIgnoreRules(report);
  const counted: readonly unknown[] = ignored.filter(
    (match) => !(listAt(match, "appliedIgnoreRules") ?? []).some((rule) => rules.isScannersOwn(rule)),
  );
  const findings: ImageFinding[] = [];
  for (const [list, suppressed] of [
    [matches, false],
    [counted, true],
  ] as const) {
    for (const match of list) {
      const finding = readMatch(match, suppressed);
      if (finding === undefined) return noScan("the Grype report has a match without id or package");
      findings.push(finding);
    }
  }
  const target = valueAt(report, "source", "target");
  const input = textAt(target, "userInput");
  const distribution = [textAt(report, "distro", "name"), textAt(report, "distro", "version")].filter(
    (part) => part !== undefined,
  );
  return {
    kind: "scan",
    digests: digestsIn([
      textAt(target, "manifestDigest"),
      // The digests of an index stand for images of other platforms too.
      ...(isOtherPlatform(report) ? [] : [...textsAt(target, "repoDigests"), input]),
    ]),
    tags: [...textsAt(target, "tags"), ...(input === undefined ? [] : [input])],
    scannedAt: Math.min(scannedAt, database),
    newest: Math.max(scannedAt, database),
    findings,
    coverage: {
      scanner: "grype",
      version: textAt(report, "descriptor", "version"),
      distribution: distribution.length === 0 ? undefined : distribution.join(" "),
      packages: [],
      filters: filtersOf(report),
      gaps: gapsOf(report, rules.hasUserRules),
    },
  };
}

/** Settings that leave findings out of the report. */
const FILTERS = ["only-fixed", "only-notfixed"] as const;

function filtersOf(report: unknown): readonly string[] {
  const configuration = valueAt(report, "descriptor", "configuration");
  return [
    ...FILTERS.filter((name) => valueAt(configuration, name) === true),
    ...textsAt(configuration, "exclude").map((path) => `exclude ${path}`),
    ...textsAt(configuration, "vex-documents").map((path) => `vex ${path}`),
  ];
}

/** Whether a setting has a value: a text, or a list with entries. */
function isGiven(configuration: unknown, name: string): boolean {
  const value = valueAt(configuration, name) ?? "";
  return Array.isArray(value) ? value.length > 0 : value !== "";
}

/**
 * Distributions that Grype has data about, by its names (grype/distro/type.go, 2026-07-22): it matches nothing against `archlinux`,
 * `gentoo`, `windows` and those that it does not know, and releases before its alerts do not say so in the report.
 */
const supported: ReadonlySet<string> = new Set(
  `almalinux alpine amazonlinux azurelinux busybox centos chainguard clnstrt debian echo fedora mariner minimos opensuseleap
  oraclelinux photon postmarketos raspbian redhat rockylinux scientific secureos sles ubuntu wolfi`.split(/\s+/),
);

/** Every mark in a report by which Grype says that it could not, or was told not to, look at everything. */
function gapsOf(report: unknown, hasUserRules: boolean): readonly CoverageGap[] {
  const configuration = valueAt(report, "descriptor", "configuration");
  const gaps: CoverageGap[] = [];
  for (const filter of FILTERS)
    if (valueAt(configuration, filter) === true) gaps.push(gap("findings-filtered", filter));
  const ignored = valueAt(report, "ignoredMatches");
  const hidesMatches =
    hasUserRules || isGiven(configuration, "vex-documents") || isGiven(configuration, "ignore-wontfix");
  if (valueAt(configuration, "by-cve") === true && hidesMatches && ignored === undefined)
    gaps.push(gap("ignored-not-listed", "by-cve"));
  const excluded = valueAt(configuration, "exclude") ?? [];
  if (!Array.isArray(excluded) || excluded.length > 0) gaps.push(gap("paths-excluded"));
  if (valueAt(configuration, "search", "indexed-archives") === false) gaps.push(gap("archives-not-scanned"));
  const overridden = valueAt(configuration, "distro") ?? "";
  if (overridden !== "") gaps.push(gap("distribution-overridden"));
  const database = valueAt(report, "descriptor", "db");
  if (
    [valueAt(database, "status", "valid"), valueAt(database, "valid")].includes(false) ||
    [valueAt(database, "status", "error"), valueAt(database, "error")].some((error) => (error ?? "") !== "")
  )
    gaps.push(gap("database-invalid"));
  if (valueAt(configuration, "alerts", "enable-eol-distro-warnings") === false) gaps.push(gap("alerts-off"));
  for (const name of ["stock", "jvm"])
    if (valueAt(configuration, "match", name, "using-cpes") === false)
      gaps.push(gap("matching-limited", `${name}: using-cpes`));
  const name = textAt(report, "distro", "name");
  if (name === undefined || textAt(report, "distro", "version") === undefined)
    gaps.push(gap("distribution-unknown", name === undefined ? undefined : `${quote(name)} without a version`));
  if (name !== undefined && !supported.has(name)) gaps.push(gap("unsupported-distribution", quote(name)));
  const system = textAt(report, "source", "target", "os") ?? "linux";
  if (system !== "linux") gaps.push(gap("other-platform", quote(system)));
  return [...gaps, ...alertsOf(report)];
}

/** Whether the image of another platform than SageMaker's usual one was scanned. */
function isOtherPlatform(report: unknown): boolean {
  const architecture = valueAt(report, "source", "target", "architecture") ?? "";
  const platform = valueAt(report, "descriptor", "configuration", "platform") ?? "";
  return (architecture !== "" && architecture !== "amd64") || (platform !== "" && platform !== "linux/amd64");
}

/** https://github.com/anchore/grype/blob/main/grype/presenter/models/alert.go; an alert of an unknown type counts too. */
function alertsOf(report: unknown): readonly CoverageGap[] {
  const types = new Set<string>();
  for (const entry of listAt(report, "alertsByPackage") ?? [])
    for (const alert of listAt(entry, "alerts") ?? []) types.add(textAt(alert, "type") ?? "unknown alert");
  return [...types].map((type) =>
    type === "distro-eol" ? gap("end-of-life-distribution", type) : gap("unsupported-distribution", type),
  );
}

function readMatch(match: unknown, suppressed: boolean): ImageFinding | undefined {
  const id = textAt(match, "vulnerability", "id");
  const name = textAt(match, "artifact", "name");
  if (id === undefined || name === undefined) return undefined;
  const exploited = listAt(match, "vulnerability", "knownExploited");
  return {
    id,
    // Language packages are found by GHSA ids; the CVE is a related vulnerability.
    aliases: [
      ...aliasOf(
        id,
        (listAt(match, "relatedVulnerabilities") ?? []).map((related) => textAt(related, "id")),
      ),
      ...(listAt(match, "vulnerability", "advisories") ?? []).map((advisory) => textAt(advisory, "id")),
    ].filter((alias) => alias !== undefined && alias !== id) as string[],
    severity: severityRank(textAt(match, "vulnerability", "severity")),
    cvss: readCvss(match),
    package: {
      name,
      version: textAt(match, "artifact", "version"),
      type: textAt(match, "artifact", "type"),
      path: textAt(listAt(match, "artifact", "locations")?.[0], "path"),
      purl: textAt(match, "artifact", "purl"),
    },
    fix: fixOf(textAt(match, "vulnerability", "fix", "state")),
    fixedIn: textsAt(match, "vulnerability", "fix", "versions"),
    exploit: exploited === undefined ? null : exploited.length > 0,
    suppressed,
    source: "grype",
  };
}

function fixOf(state: string | undefined): ImageFinding["fix"] {
  if (state === "fixed") return "yes";
  return state === "not-fixed" || state === "wont-fix" ? "no" : "unknown";
}

/** The score of the highest CVSS version, the vulnerability's own before those of related ones. */
function readCvss(match: unknown): ImageFinding["cvss"] {
  const scores = [
    ...(listAt(match, "vulnerability", "cvss") ?? []),
    ...(listAt(match, "relatedVulnerabilities") ?? []).flatMap((related) => listAt(related, "cvss") ?? []),
  ].flatMap((entry) => {
    const score = valueAt(entry, "metrics", "baseScore");
    if (typeof score !== "number") return [];
    return [
      { version: textAt(entry, "version"), score, vector: textAt(entry, "vector"), source: textAt(entry, "source") },
    ];
  });
  return scores.toSorted((a, b) => Number(b.version ?? 0) - Number(a.version ?? 0))[0] ?? null;
}
