import { listAt, textAt, textsAt, valueAt } from "./reading.ts";
import { type Report, digestsIn, reportSource } from "./report.ts";
import { type ImageSource, type NoScan, type Scan, instantOf, noScan, severityRank } from "./scan.ts";
import type { ImageFinding } from "./verdict.ts";

/**
 * Findings of a Trivy report (`trivy image --format json`, schema 2).
 *
 * @param report the path of the file, its bytes, or the parsed object.
 * @see https://trivy.dev/latest/docs/configuration/reporting/
 */
export function trivyReport(report: Report): ImageSource {
  return reportSource("Trivy", report, readTrivy);
}

/** Reads a report; `none` for whatever does not show that packages of an image were looked at. */
function readTrivy(report: unknown): Scan | NoScan {
  if (valueAt(report, "SchemaVersion") !== 2) return noScan("the Trivy report is not of schema 2");
  if (textAt(report, "ArtifactType") !== "container_image") return noScan("the Trivy report is not about an image");
  const scannedAt = instantOf(textAt(report, "CreatedAt"));
  if (scannedAt === undefined) return noScan("the Trivy report has no date");
  const results = (listAt(report, "Results") ?? []).filter((result) =>
    ["os-pkgs", "lang-pkgs"].includes(textAt(result, "Class") ?? ""),
  );
  // Empty lists are left out of the report: only a result of packages shows that there was something to look at.
  if (results.length === 0) return noScan("the Trivy report looked at no packages");

  const findings: ImageFinding[] = [];
  for (const result of results) {
    const listed = valueAt(result, "Vulnerabilities") ?? [];
    const modified = valueAt(result, "ExperimentalModifiedFindings") ?? [];
    if (!Array.isArray(listed) || !Array.isArray(modified)) return noScan("the Trivy report is malformed");
    const suppressed = modified
      .filter((entry) => textAt(entry, "Type") === "vulnerability")
      .map((entry) => valueAt(entry, "Finding"));
    for (const [list, isSuppressed] of [
      [listed, false],
      [suppressed, true],
    ] as const) {
      for (const entry of list) {
        const finding = readFinding(entry, result, isSuppressed);
        if (finding === undefined) return noScan("the Trivy report has a vulnerability without id or package");
        findings.push(finding);
      }
    }
  }
  const name = textAt(report, "ArtifactName");
  return {
    kind: "scan",
    digests: digestsIn([...textsAt(report, "Metadata", "RepoDigests"), name, textAt(report, "Metadata", "Reference")]),
    tags: [...textsAt(report, "Metadata", "RepoTags"), ...(name === undefined ? [] : [name])],
    scannedAt,
    findings,
  };
}

function readFinding(entry: unknown, result: unknown, suppressed: boolean): ImageFinding | undefined {
  const id = textAt(entry, "VulnerabilityID");
  const name = textAt(entry, "PkgName");
  if (id === undefined || name === undefined) return undefined;
  const fixed = textAt(entry, "FixedVersion");
  return {
    id,
    aliases: textsAt(entry, "VendorIDs"),
    severity: severityRank(textAt(entry, "Severity")),
    cvss: readCvss(entry),
    package: {
      name,
      version: textAt(entry, "InstalledVersion"),
      type: textAt(result, "Type"),
      path: textAt(entry, "PkgPath"),
      purl: textAt(entry, "PkgIdentifier", "PURL"),
    },
    fix: fixOf(textAt(entry, "Status"), fixed),
    fixedIn: fixed === undefined ? [] : fixed.split(/,\s*/),
    exploit: null,
    suppressed,
    source: "trivy",
  };
}

function fixOf(status: string | undefined, fixed: string | undefined): ImageFinding["fix"] {
  if (fixed !== undefined || status === "fixed") return "yes";
  // Reports before schema changes of 2023 have no status: an absent version said that there is no fix.
  return status === "unknown" || status === "under_investigation" ? "unknown" : "no";
}

/** The newest version that a source scored, NVD's before the others'. */
function readCvss(entry: unknown): ImageFinding["cvss"] {
  const scored = valueAt(entry, "CVSS");
  if (typeof scored !== "object" || scored === null) return null;
  const sources = Object.keys(scored).toSorted((a, b) => Number(b === "nvd") - Number(a === "nvd"));
  for (const [version, field] of [
    ["4.0", "V40"],
    ["3", "V3"],
    ["2", "V2"],
  ] as const) {
    for (const source of sources) {
      const score = valueAt(scored, source, `${field}Score`);
      if (typeof score === "number")
        return { version, score, vector: textAt(scored, source, `${field}Vector`), source };
    }
  }
  return null;
}
