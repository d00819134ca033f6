import { listAt, textAt, textsAt, valueAt } from "./reading.ts";
import { type Report, digestsIn, reportSource } from "./report.ts";
import { type ImageSource, type NoScan, type Scan, instantOf, noScan, severityRank } from "./scan.ts";
import type { ImageFinding } from "./verdict.ts";

/**
 * Findings of a Grype report (`grype IMAGE -o json`).
 *
 * @param report the path of the file, its bytes, or the parsed object.
 * @see https://github.com/anchore/grype#output-formats
 */
export function grypeReport(report: Report): ImageSource {
  return reportSource("Grype", report, readGrype);
}

/** Reads a report; `none` for whatever does not show a whole scan of an image with a dated database. */
function readGrype(report: unknown): Scan | NoScan {
  if (textAt(report, "descriptor", "name") !== "grype") return noScan("the Grype report does not name Grype");
  if (textAt(report, "source", "type") !== "image") return noScan("the Grype report is not about an image");
  const scannedAt = instantOf(textAt(report, "descriptor", "timestamp"));
  const database =
    instantOf(textAt(report, "descriptor", "db", "built")) ??
    instantOf(textAt(report, "descriptor", "db", "status", "built"));
  if (scannedAt === undefined) return noScan("the Grype report has no date");
  if (database === undefined) return noScan("the Grype report does not say how old its vulnerability database is");
  // A filter leaves findings out without a trace.
  for (const filter of ["only-fixed", "only-notfixed"])
    if (valueAt(report, "descriptor", "configuration", filter) === true)
      return noScan(`the Grype report was made with ${filter}, which leaves findings out`);
  const matches = listAt(report, "matches");
  const ignored = valueAt(report, "ignoredMatches") ?? [];
  if (matches === undefined || !Array.isArray(ignored)) return noScan("the Grype report is malformed");

  const findings: ImageFinding[] = [];
  for (const [list, suppressed] of [
    [matches, false],
    [ignored, true],
  ] as const) {
    for (const match of list) {
      const finding = readMatch(match, suppressed);
      if (finding === undefined) return noScan("the Grype report has a match without id or package");
      findings.push(finding);
    }
  }
  const target = valueAt(report, "source", "target");
  const input = textAt(target, "userInput");
  return {
    kind: "scan",
    digests: digestsIn([...textsAt(target, "repoDigests"), textAt(target, "manifestDigest"), input]),
    tags: [...textsAt(target, "tags"), ...(input === undefined ? [] : [input])],
    scannedAt: Math.min(scannedAt, database),
    findings,
  };
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
      ...(listAt(match, "relatedVulnerabilities") ?? []).map((related) => textAt(related, "id")),
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

/** The highest version scored, by the vulnerability's own source before the related ones'. */
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
