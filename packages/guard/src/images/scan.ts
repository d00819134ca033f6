import { instantOf as timeOf } from "../instant.ts";
import type { Coverage } from "./coverage.ts";
import type { ImageReference } from "./image-reference.ts";
import type { ImageFinding, SeverityRank } from "./verdict.ts";

/** What a scanner found in one image. */
export interface Scan {
  readonly kind: "scan";
  /** Every digest the image is known by: of the manifest, and of the index it belongs to. */
  readonly digests: readonly string[];
  /** References by tag that the report was made from. */
  readonly tags: readonly string[];
  /** When it was scanned, or when the vulnerability data dates from if that is older. Milliseconds since the epoch. */
  readonly scannedAt: number;
  /** The newest of these dates, if it differs from `scannedAt`: no date may be in the future. */
  readonly newest?: number;
  readonly findings: readonly ImageFinding[];
  /** What was looked at, and what was not. */
  readonly coverage: Coverage;
}

/** The source has no usable scan. */
export interface NoScan {
  readonly kind: "none";
  /** Why, as half a sentence. */
  readonly reason: string;
}

/** The source is about other images. */
export interface OtherImage {
  readonly kind: "other";
}

/** Where scans come from. */
export interface ImageSource {
  /** The digest that a tag stands for now; `undefined` when this source cannot tell. */
  resolve?(image: ImageReference, signal?: AbortSignal): Promise<string | undefined>;
  /** The scan of the image of this digest, or of this reference when there is no digest. */
  scan(image: ImageReference, digest: string | undefined, signal?: AbortSignal): Promise<Scan | NoScan | OtherImage>;
}

/** Names of severities over all scanners, in lower case. */
const ranks: ReadonlyMap<string, SeverityRank> = new Map([
  ["informational", 1],
  ["negligible", 1],
  ["low", 2],
  ["medium", 3],
  ["moderate", 3],
  ["high", 4],
  ["critical", 5],
]);

/** The rank of a scanner's severity. A name that the table does not have is unknown, never low. */
export function severityRank(name: unknown): SeverityRank {
  return typeof name === "string" ? (ranks.get(name.toLowerCase()) ?? 0) : 0;
}

/** No usable scan, and why. */
export function noScan(reason: string): NoScan {
  return { kind: "none", reason };
}

/** A time in milliseconds; `undefined` for any other value. ECR's JSON has seconds, the others RFC 3339. */
export function instantOf(value: unknown): number | undefined {
  const instant =
    typeof value === "number"
      ? value * 1_000
      : typeof value === "string" && /T/i.test(value)
        ? timeOf(value)
        : Number.NaN;
  return Number.isFinite(instant) ? instant : undefined;
}
