import { GuardError } from "../error.ts";
import { instantOf } from "../instant.ts";
import { type Scan, severityRank } from "./scan.ts";
import type { ImageFinding, ImageVerdict } from "./verdict.ts";

/** A vulnerability that does not block, until a date. */
export interface Allowance {
  /** The id, or an alias of it. */
  readonly id: string;
  /** Only in this package. Default: in any. */
  readonly package?: string | undefined;
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

/** A verdict without the image it is about. */
export type Judged =
  | (Omit<ImageVerdict, "image" | "digest" | "verdict"> & { readonly verdict: "pass" | "block" })
  | { readonly verdict: "none"; readonly reason: string };

/** How far a scanner's clock may be ahead, in milliseconds. */
const AHEAD_MS = 300_000;

const names = ["unknown", "informational", "low", "medium", "high", "critical"] as const;

/** Makes the function that judges what scanners found: pure, `now` in milliseconds since the epoch. */
export function createJudgement(policy: GatePolicy): (scans: readonly Scan[], now: number) => Judged {
  const threshold = severityRank(policy.severityAtOrOver);
  const allowances = policy.allow.map(checkAllowance);

  return function judge(scans, now) {
    const scannedAt = Math.min(...scans.map((scan) => scan.scannedAt));
    const date = new Date(scannedAt).toISOString();
    if (scans.some((scan) => scan.scannedAt > now + AHEAD_MS))
      return { verdict: "none", reason: "its scan is dated in the future" };
    if (now - scannedAt > policy.maxScanAgeMs)
      return { verdict: "none", reason: `its scan, or the data it was made with, dates from ${date} and is too old` };
    const blocking = scans
      .flatMap((scan) => scan.findings)
      .filter((finding) => blocks(finding) && !isAllowed(finding, now))
      .toSorted((a, b) => rank(b) - rank(a));
    const [worst, ...others] = blocking;
    if (worst === undefined) return { verdict: "pass", findings: [], scannedAt: date };
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    const reason = `${worst.id} (${names[worst.severity]}) in ${worst.package.name}${more}`;
    return { verdict: "block", findings: blocking, reason, scannedAt: date };
  };

  function blocks({ severity, fix }: ImageFinding): boolean {
    if (severity === 0 ? policy.unknownSeverity === "allow" : severity < threshold) return false;
    if (!policy.onlyFixable || fix === "yes" || fix === "partial") return true;
    return fix === "unknown" && policy.unknownFix === "block";
  }

  function isAllowed(finding: ImageFinding, now: number): boolean {
    return allowances.some(
      (allowance) =>
        now < allowance.until &&
        (allowance.id === finding.id || finding.aliases.includes(allowance.id)) &&
        (allowance.package === undefined ||
          finding.package.name.split(", ").every((name) => name === allowance.package)),
    );
  }
}

/** Unknown severity may be anything: it stands before the known ones. */
function rank({ severity }: ImageFinding): number {
  return severity === 0 ? 4.5 : severity;
}

function checkAllowance({ id, package: name, until, reason }: Allowance, index: number) {
  const instant = instantOf(until);
  const refuse = (fault: string): never => {
    throw new GuardError("INVALID_OPTION", `allow[${index}].${fault}`);
  };
  if (typeof id !== "string" || id === "") refuse("id must be that of a vulnerability, such as CVE-2024-3094.");
  if (Number.isNaN(instant)) refuse("until must be a date in RFC 3339.");
  if (typeof reason !== "string" || reason.trim() === "") refuse("reason must say why.");
  return { id, package: name, until: instant };
}
