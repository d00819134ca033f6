import { aliasOf, listAt, textAt, textsAt, valueAt } from "./reading.ts";
import { severityRank } from "./scan.ts";
import type { ImageFinding } from "./verdict.ts";

/**
 * A finding of basic scanning. Without a patched version it does not say whether a fix exists: the fix is unknown.
 *
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html
 */
export function readBasicFinding(finding: unknown): ImageFinding | undefined {
  const id = textAt(finding, "name");
  if (id === undefined) return undefined;
  const attribute = (name: string): string | undefined =>
    textAt(
      (listAt(finding, "attributes") ?? []).find((entry) => textAt(entry, "key") === name),
      "value",
    );
  const patched = attribute("patched_version");
  return {
    id,
    aliases: [],
    severity: severityRank(textAt(finding, "severity")),
    cvss: basicCvss(attribute),
    package: {
      name: attribute("package_name") ?? "unknown",
      version: attribute("package_version"),
      type: undefined,
      path: undefined,
      purl: undefined,
    },
    fix: patched === undefined ? "unknown" : "yes",
    fixedIn: patched === undefined ? [] : [patched],
    exploit: null,
    suppressed: false,
    source: "ecr",
  };
}

/**
 * A finding of Amazon Inspector. The caller leaves out `CLOSED` findings, which no longer exist; `SUPPRESSED` ones still do.
 *
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EnhancedImageScanFinding.html
 */
export function readInspectorFinding(finding: unknown): ImageFinding | undefined {
  const details = valueAt(finding, "packageVulnerabilityDetails");
  const id = textAt(details, "vulnerabilityId") ?? textAt(finding, "title");
  if (id === undefined) return undefined;
  const packages = listAt(details, "vulnerablePackages") ?? [];
  const fix = textAt(finding, "fixAvailable");
  const exploit = textAt(finding, "exploitAvailable");
  const cvss = valueAt(finding, "scoreDetails", "cvss");
  const score = valueAt(cvss, "score") ?? valueAt(finding, "score");
  return {
    id,
    aliases: aliasOf(id, textsAt(details, "relatedVulnerabilities")),
    severity: severityRank(textAt(finding, "severity")),
    cvss:
      typeof score === "number"
        ? {
            version: textAt(cvss, "version"),
            score,
            vector: textAt(cvss, "scoringVector"),
            source: textAt(cvss, "scoreSource"),
          }
        : null,
    package: {
      name: packages.map((entry) => textAt(entry, "name") ?? "unknown").join(", ") || "unknown",
      version: textAt(packages[0], "version"),
      type: textAt(packages[0], "packageManager"),
      path: textAt(packages[0], "filePath"),
      purl: undefined,
    },
    fix: fix === "YES" ? "yes" : fix === "NO" ? "no" : fix === "PARTIAL" ? "partial" : "unknown",
    fixedIn: packages
      .map((entry) => textAt(entry, "fixedInVersion"))
      .filter((version) => version !== undefined && version !== "NotAvailable") as string[],
    exploit: exploit === undefined ? null : exploit === "YES",
    suppressed: textAt(finding, "status") === "SUPPRESSED",
    source: "inspector",
  };
}

function basicCvss(attribute: (name: string) => string | undefined): ImageFinding["cvss"] {
  for (const version of ["4", "3", "2"]) {
    const score = Number(attribute(`CVSS${version}_SCORE`) ?? Number.NaN);
    if (Number.isFinite(score))
      return { version, score, vector: attribute(`CVSS${version}_VECTOR`), source: undefined };
  }
  return null;
}
