import { refuseOption } from "../error.ts";
import { instantOf } from "../instant.ts";
import type { CoverageRule } from "./coverage.ts";
import { type Scan, severityRank } from "./scan.ts";
import type { ImageFinding, ImageVerdict } from "./verdict.ts";

/** What does not block, until a date: a vulnerability, all of a package, or a gap of coverage. */
export interface Allowance {
  /** Id of a vulnerability, or an alias of it; of an advisory of several vulnerabilities, its own id. */
  readonly id?: string | undefined;
  /** Name of a package: alone, all its vulnerabilities; with `id`, only that one in this package. */
  readonly package?: string | undefined;
  /** A gap of coverage, such as `end-of-life-distribution`; alone. */
  readonly coverage?: CoverageRule | undefined;
  /** From this instant on it blocks again. RFC 3339; a bare date is its first moment in UTC. */
  readonly until: string | Date;
  readonly reason: string;
}

/** The rules of a gate, complete. */
export interface GatePolicy {
  readonly severityAtOrOver: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
  readonly onlyFixable: boolean;
  readonly unknownSeverity: "block" | "allow";
  readonly unknownFix: "block" | "allow";
  readonly maxScanAgeMs: number;
  readonly allow: readonly Allowance[];
}

/** A verdict without the image that it is about. */
export type Judged =
  | (Omit<ImageVerdict, "image" | "digest" | "verdict"> & { readonly verdict: "pass" | "block" })
  | { readonly verdict: "none"; readonly reason: string };

/** How far a scanner's clock may be ahead, in milliseconds. */
const AHEAD_MS = 300_000;

const names = ["unknown", "informational", "low", "medium", "high", "critical"] as const;

/** Makes the function that judges scans: pure, `now` in milliseconds since the epoch. */
export function createJudgement(policy: GatePolicy): (scans: readonly Scan[], now: number) => Judged {
  const threshold = severityRank(policy.severityAtOrOver);
  const allowances = policy.allow.map(checkAllowance);

  return function judge(scans, now) {
    const scannedAt = Math.min(...scans.map((scan) => scan.scannedAt));
    const date = new Date(scannedAt).toISOString();
    if (scans.some(({ scannedAt: at, newest = at }) => newest > now + AHEAD_MS))
      return { verdict: "none", reason: "its scan is dated in the future" };
    if (now - scannedAt > policy.maxScanAgeMs)
      return { verdict: "none", reason: `its scan, or the data it was made with, dates from ${date} and is too old` };
    const coverage = scans.map((scan) => scan.coverage);
    for (const { scanner, gaps } of coverage)
      for (const { rule, reason } of gaps)
        if (!allowances.some((allowance) => now < allowance.until && allowance.coverage === rule))
          return { verdict: "none", reason: `the report of ${scanner} is incomplete (${rule}): ${reason}` };
    // A report is judged for each image that it is about, and most of its findings block none: they are not copied.
    const blocking: ImageFinding[] = [];
    for (const { findings } of scans)
      for (const finding of findings) if (blocks(finding) && !isAllowed(finding, now)) blocking.push(finding);
    blocking.sort((a, b) => rank(b) - rank(a));
    const [worst, ...others] = blocking;
    if (worst === undefined) return { verdict: "pass", findings: [], scannedAt: date, coverage };
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    const reason = `${worst.id} (${names[worst.severity]}) in ${worst.package.name}${more}`;
    return { verdict: "block", findings: blocking, reason, scannedAt: date, coverage };
  };

  function blocks({ severity, fix }: ImageFinding): boolean {
    if (severity === 0 ? policy.unknownSeverity === "allow" : severity < threshold) return false;
    if (!policy.onlyFixable || fix === "yes" || fix === "partial") return true;
    return fix === "unknown" && policy.unknownFix === "block";
  }

  function isAllowed(finding: ImageFinding, now: number): boolean {
    return allowances.some(
      ({ id, package: name, coverage, until }) =>
        now < until &&
        coverage === undefined &&
        (id === undefined || id === finding.id || finding.aliases.includes(id)) &&
        (name === undefined || finding.package.name.split(", ").every((part) => part === name)),
    );
  }
}

/** A finding of unknown severity may be critical: it comes before the high ones. */
function rank({ severity }: ImageFinding): number {
  return severity === 0 ? 4.5 : severity;
}

function checkAllowance({ id, package: name, coverage, until, reason }: Allowance, index: number) {
  const instant = instantOf(until);
  const refuse = (field: string, fault: string): never =>
    refuseOption(`allow[${index}]${field}: ${fault}`, `allow[${index}]${field}`);
  const named = id !== undefined || name !== undefined;
  if (named === (coverage !== undefined))
    refuse("", "must have either id or package or both, such as CVE-2024-3094, or coverage alone");
  if (Number.isNaN(instant)) refuse(".until", "must be a date in RFC 3339, such as 2027-01-31");
  if (reason.trim() === "") refuse(".reason", "must say why it is allowed");
  return { id, package: name, coverage, until: instant };
}
