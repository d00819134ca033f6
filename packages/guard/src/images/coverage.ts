/**
 * The ways in which a scanner itself says that it did not see everything. Each is no verdict, unless the gate's `allow` names
 * it with a reason and a date.
 *
 * Trivy: `Metadata.OS`, the classes and types of results and their packages,
 * https://github.com/aquasecurity/trivy/blob/dc3c56eed58ab21c7e08d26757c517bc946a86c5/pkg/types/report.go, pkg/scan/local/service.go,
 * pkg/detector. Grype: `alertsByPackage`, `distro` and `descriptor`,
 * https://github.com/anchore/grype/tree/4562c55cebba5fe50a0c5afc7cec50a3b2392a87/grype/presenter/models, cmd/grype/cli/options.
 */
export const coverageRules = {
  "os-packages-not-scanned": "an operating system was found and its packages were not looked at",
  "end-of-life-distribution": "the distribution no longer gets security updates",
  "unsupported-distribution": "the scanner has no data about the distribution",
  "distribution-overridden": "the packages were compared with another distribution than the image's own",
  "paths-excluded": "paths of the image were excluded",
  "archives-not-scanned": "archives in the image were not opened",
  "findings-filtered": "a filter leaves findings out",
  "ignored-not-listed": "findings are ignored by a rule, and the report does not list them",
  "database-invalid": "the vulnerability database was not valid",
  "packages-not-compared": "packages were found that the scanner compares with no vulnerability data",
  "distribution-unknown": "no distribution was recognised, so packages of an operating system were not compared",
  "alerts-off": "the scanner was told not to report distributions without security updates",
  "matching-limited": "a way to match packages that is on by default was switched off",
  "other-platform": "the scan looked at another platform than linux/amd64, and an index may lead to several",
} as const;

/** Id of a way in which a scan is incomplete. */
export type CoverageRule = keyof typeof coverageRules;

/** Something that a scan did not look at. */
export interface CoverageGap {
  readonly rule: CoverageRule;
  /** Half a sentence. */
  readonly reason: string;
}

/** What a scanner looked at. */
export interface Coverage {
  readonly scanner: "ecr" | "trivy" | "grype";
  readonly version?: string | undefined;
  /** Name and version of the distribution, such as `debian 12`. */
  readonly distribution?: string | undefined;
  /** Kinds of packages that were looked at, as far as the report says. */
  readonly packages: readonly string[];
  /** Filters that the scanner was told to apply. */
  readonly filters: readonly string[];
  readonly gaps: readonly CoverageGap[];
}

/** A gap, with what the report says about it. */
export function gap(rule: CoverageRule, detail?: string): CoverageGap {
  return { rule, reason: detail === undefined ? coverageRules[rule] : `${coverageRules[rule]} (${detail})` };
}
