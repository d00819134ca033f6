import { quote } from "../quote.ts";
import { type CoverageGap, gap } from "./coverage.ts";
import { createStrayFinder } from "./members.ts";
import { listAt, textAt, textsAt, valueAt } from "./reading.ts";
import { type Report, digestsIn, reportSource } from "./report.ts";
import { type ImageSource, type NoScan, type Scan, instantOf, noScan, severityRank } from "./scan.ts";
import type { ImageFinding } from "./verdict.ts";

/**
 * Findings of a Trivy report (`trivy image --format json`, schema 2).
 *
 * @param report the path of the file, its bytes, or the parsed object.
 * @throws GuardError `INVALID_OPTION` for any other value.
 * @see https://trivy.dev/latest/docs/configuration/reporting/
 */
export function trivyReport(report: Report): ImageSource {
  return reportSource("Trivy", report, readTrivy);
}

/** Classes of results about packages. */
const packageClasses: ReadonlySet<string> = new Set(["os-pkgs", "lang-pkgs"]);

/** Classes of results about other things (pkg/types/report.go of Trivy 0.67). */
const otherClasses: ReadonlySet<string> = new Set(["config", "secret", "license", "license-file", "custom"]);

/** Types of findings that were modified (pkg/types/finding.go of Trivy 0.67). */
const findingTypes: ReadonlySet<string> = new Set(["vulnerability", "misconfiguration", "secret", "license"]);

const vulnerability = {
  VulnerabilityID: "text",
  VendorIDs: "texts",
  PkgName: "text",
  Severity: "text",
  Status: "text",
  FixedVersion: "text",
  InstalledVersion: "any",
} as const;

const strayMember = createStrayFinder({
  SchemaVersion: "any",
  ArtifactType: "any",
  CreatedAt: "any",
  Metadata: {
    OS: { Family: "text", Name: "text", EOSL: "any" },
    ImageConfig: { architecture: "text", os: "text" },
    RepoDigests: "texts",
    RepoTags: "texts",
  },
  Results: [
    {
      Class: "any",
      Type: "text",
      Packages: [{ Release: "text", Modularitylabel: "text", Repository: { Class: "text" } }],
      Vulnerabilities: [vulnerability],
      ExperimentalModifiedFindings: [{ Type: "text", Finding: vulnerability }],
    },
  ],
});

/** Types of packages of languages that Trivy compares with its data (pkg/detector/library/driver.go); others it only lists. */
const comparedTypes: ReadonlySet<string> = new Set(
  `bundler gemspec rustbinary cargo composer composer-vendor gobinary gomod jar pom gradle sbt npm yarn pnpm bun node-pkg
  javascript nuget dotnet-core packages-props pipenv poetry pip python-pkg uv pylock pub hex conan swift cocoapods bitnami
  kubernetes julia`.split(/\s+/),
);

/**
 * Distributions that Trivy has data about, by the names of newer and older releases (pkg/fanal/types/const.go,
 * pkg/detector/ospkg/detect.go). The detector of `coreos` finds nothing: pkg/detector/ospkg/coreos/coreos.go.
 */
const supported: ReadonlySet<string> = new Set([
  ...`alma alpine amazon azurelinux bottlerocket cbl-mariner centos chainguard cleanstart debian echo minimos opensuse-leap
  opensuse-tumbleweed opensuse.leap opensuse.tumbleweed oracle photon redhat rocky slem sles ubuntu wolfi`.split(/\s+/),
  "suse linux enterprise micro",
  "suse linux enterprise server",
]);

/** Distributions whose vendor's data covers packages of other repositories too (the drivers with a PackageFilter). */
const coveringOthers: ReadonlySet<string> = new Set(["echo"]);

/** Whether a result has a list, or anything else than a list, of entries; `kind` counts only entries of that type. */
function hasEntries(result: unknown, name: string, kind?: string): boolean {
  const found = valueAt(result, name) ?? [];
  if (!Array.isArray(found)) return true;
  return found.some((entry) => kind === undefined || textAt(entry, "Type") === kind);
}

/** Reads a report; no scan unless it shows that packages of an image were looked at. */
function readTrivy(report: unknown): Scan | NoScan {
  if (valueAt(report, "SchemaVersion") !== 2) return noScan("the Trivy report is not of schema 2");
  if (textAt(report, "ArtifactType") !== "container_image") return noScan("the Trivy report is not about an image");
  const scannedAt = instantOf(textAt(report, "CreatedAt"));
  if (scannedAt === undefined) return noScan("the Trivy report has no date");
  const listed = valueAt(report, "Results") ?? [];
  if (!Array.isArray(listed)) return noScan("the Trivy report is malformed");
  const stray = strayMember(report);
  if (stray !== undefined) return noScan(`the Trivy report has the member ${stray} than Trivy writes it`);
  for (const result of listed) {
    const kind = textAt(result, "Class") ?? "";
    if (packageClasses.has(kind)) continue;
    if (!otherClasses.has(kind)) return noScan("the Trivy report has a result of a class that the guard does not know");
    if (hasEntries(result, "Vulnerabilities") || hasEntries(result, "ExperimentalModifiedFindings", "vulnerability"))
      return noScan("the Trivy report has vulnerabilities in a result that is not about packages");
  }
  const results: readonly unknown[] = listed.filter((result) => packageClasses.has(textAt(result, "Class") ?? ""));
  // Trivy leaves empty lists out: only a result of a package class shows that packages were looked at.
  if (results.length === 0) return noScan("the Trivy report looked at no packages");

  const findings: ImageFinding[] = [];
  for (const result of results) {
    const open = valueAt(result, "Vulnerabilities") ?? [];
    const modified = valueAt(result, "ExperimentalModifiedFindings") ?? [];
    if (!Array.isArray(open) || !Array.isArray(modified)) return noScan("the Trivy report is malformed");
    if (!modified.every((entry) => findingTypes.has(textAt(entry, "Type") ?? "")))
      return noScan("the Trivy report has a modified finding of a type that the guard does not know");
    const suppressed = modified
      .filter((entry) => textAt(entry, "Type") === "vulnerability")
      .map((entry) => valueAt(entry, "Finding"));
    for (const [list, isSuppressed] of [
      [open, false],
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
  const family = textAt(report, "Metadata", "OS", "Family");
  const classes = [...new Set(results.map((result) => textAt(result, "Class") ?? ""))];
  return {
    kind: "scan",
    digests: digestsIn([...textsAt(report, "Metadata", "RepoDigests"), name, textAt(report, "Metadata", "Reference")]),
    tags: [...textsAt(report, "Metadata", "RepoTags"), ...(name === undefined ? [] : [name])],
    scannedAt,
    findings,
    coverage: {
      scanner: "trivy",
      version: textAt(report, "Trivy", "Version"),
      distribution: distributionOf(report),
      packages: classes,
      filters: [],
      gaps: gapsOf(report, results, classes, family),
    },
  };
}

function distributionOf(report: unknown): string | undefined {
  const parts = [textAt(report, "Metadata", "OS", "Family"), textAt(report, "Metadata", "OS", "Name")];
  const named = parts.filter((part) => part !== undefined);
  return named.length === 0 ? undefined : named.join(" ");
}

/** Every mark in a report by which Trivy shows that it did not look at everything; some of them it says in its log alone. */
function gapsOf(
  report: unknown,
  results: readonly unknown[],
  classes: readonly string[],
  family: string | undefined,
): readonly CoverageGap[] {
  const system = valueAt(report, "Metadata", "OS");
  const gaps: CoverageGap[] = [];
  const ofSystem = results.filter((result) => textAt(result, "Class") === "os-pkgs");
  // ActiveState has packages of languages alone.
  if (system !== undefined && family !== "activestate" && !classes.includes("os-pkgs"))
    gaps.push(gap(family === "none" ? "distribution-unknown" : "os-packages-not-scanned", distributionOf(report)));
  // A report lists the packages of every result or of none. Without those of the system, their list was not in the image.
  const lists = results.some((result) => (listAt(result, "Packages") ?? []).length > 0);
  const isEmpty = (result: unknown): boolean =>
    (listAt(result, "Packages") ?? []).length === 0 && (listAt(result, "Vulnerabilities") ?? []).length === 0;
  if (lists && ofSystem.length > 0 && ofSystem.every(isEmpty))
    gaps.push(gap("os-packages-not-scanned", "no list of its packages"));
  if ((valueAt(system, "EOSL") ?? false) !== false) gaps.push(gap("end-of-life-distribution", distributionOf(report)));
  if (classes.includes("os-pkgs")) {
    if (family === undefined || textAt(system, "Name") === undefined)
      gaps.push(gap("distribution-unknown", family === undefined ? undefined : `${quote(family)} without a version`));
    if (family !== undefined && !supported.has(family)) gaps.push(gap("unsupported-distribution", quote(family)));
  }
  const skipped = notCompared(results, family ?? "");
  if (skipped !== undefined) gaps.push(gap("packages-not-compared", skipped));
  const architecture = valueAt(report, "Metadata", "ImageConfig", "architecture") ?? "";
  if (architecture !== "" && architecture !== "amd64")
    gaps.push(gap("other-platform", typeof architecture === "string" ? quote(architecture) : undefined));
  const runsOn = textAt(report, "Metadata", "ImageConfig", "os") ?? "linux";
  if (runsOn !== "linux") gaps.push(gap("other-platform", quote(runsOn)));
  return gaps;
}

/** What kind of packages Trivy found and did not compare with its data. */
function notCompared(results: readonly unknown[], family: string): string | undefined {
  for (const result of results) {
    if (textAt(result, "Class") === "lang-pkgs") {
      const type = textAt(result, "Type") ?? "";
      if (!comparedTypes.has(type)) return `of the type ${quote(type)}`;
      continue;
    }
    for (const found of listAt(result, "Packages") ?? []) {
      if (textAt(found, "Repository", "Class") === "third-party" && !coveringOthers.has(family))
        return "from a repository of a third party";
      const isModular = textAt(found, "Release")?.includes(".module_el") === true;
      if (family === "alma" && isModular && textAt(found, "Modularitylabel") === undefined)
        return "modular ones without a label";
    }
  }
  return undefined;
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
    fix: fixOf(valueAt(entry, "Status"), valueAt(entry, "FixedVersion")),
    fixedIn: fixed === undefined ? [] : fixed.split(/,\s*/),
    exploit: null,
    suppressed,
    source: "trivy",
  };
}

/** Statuses of a vulnerability without a fix (pkg/types/status.go of trivy-db); reports from before 2023 have none. */
const unfixed: ReadonlySet<unknown> = new Set([
  undefined,
  "",
  "not_affected",
  "affected",
  "will_not_fix",
  "fix_deferred",
  "end_of_life",
]);

function fixOf(status: unknown, fixed: unknown = ""): ImageFinding["fix"] {
  if ((typeof fixed === "string" && fixed !== "") || status === "fixed") return "yes";
  return fixed === "" && unfixed.has(status) ? "no" : "unknown";
}

/** The score of the newest CVSS version, NVD's before those of other sources. */
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
