import type { Coverage } from "./coverage.ts";

/** 0 unknown, 1 informational or negligible, 2 low, 3 medium, 4 high, 5 critical. */
export type SeverityRank = 0 | 1 | 2 | 3 | 4 | 5;

/** A known vulnerability in an image, in one form for every scanner. */
export interface ImageFinding {
  /** The scanner's own id, such as `CVE-2024-3094` or `GHSA-…`. */
  readonly id: string;
  /** The ids that other databases use. */
  readonly aliases: readonly string[];
  readonly severity: SeverityRank;
  readonly cvss: {
    readonly version: string | undefined;
    readonly score: number;
    readonly vector: string | undefined;
    readonly source: string | undefined;
  } | null;
  readonly package: {
    readonly name: string;
    readonly version: string | undefined;
    readonly type: string | undefined;
    readonly path: string | undefined;
    readonly purl: string | undefined;
  };
  /** Whether an update removes it. `partial`: an update of some of the affected packages. */
  readonly fix: "yes" | "no" | "partial" | "unknown";
  readonly fixedIn: readonly string[];
  /** Whether an exploit is known to exist; `null` when the scanner does not say. */
  readonly exploit: boolean | null;
  /** The scanner was told to ignore it. It counts nevertheless: exceptions belong in the gate's `allow`. */
  readonly suppressed: boolean;
  readonly source: "ecr" | "inspector" | "trivy" | "grype";
}

/** The judgement of the image gate about one image reference. */
export interface ImageVerdict {
  /** `none`: no usable scan of the image exists. Only `pass` passes. */
  readonly verdict: "pass" | "block" | "none";
  /** The reference as the request spells it. */
  readonly image: string;
  /** `sha256:…` of the image that was judged; for a reference by tag, the digest that the tag stands for. */
  readonly digest?: string | undefined;
  /** Why, as half a sentence. */
  readonly reason?: string | undefined;
  /** What to do, where more is known than the rule's own advice. */
  readonly fix?: string | undefined;
  /** The findings that block, worst first. */
  readonly findings: readonly ImageFinding[];
  /** When the image was scanned, RFC 3339. */
  readonly scannedAt?: string | undefined;
  /** What each scanner looked at, and what it did not. */
  readonly coverage?: readonly Coverage[] | undefined;
}

/** Judges container images by the reports of scanners. */
export interface ImageGate {
  /** Rejects only when `signal` aborts. */
  judge(image: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ImageVerdict>;
}
