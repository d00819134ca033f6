/** 0 unknown, 1 informational or negligible, 2 low, 3 medium, 4 high, 5 critical. */
export type SeverityRank = 0 | 1 | 2 | 3 | 4 | 5;

/** A known vulnerability in an image, in one form for every scanner. */
export interface ImageFinding {
  /** The scanner's own id, such as `CVE-2024-3094` or `GHSA-…`. */
  readonly id: string;
  /** What others call it. */
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
  /** Whether an update removes it. `partial`: of some of the affected packages. */
  readonly fix: "yes" | "no" | "partial" | "unknown";
  readonly fixedIn: readonly string[];
  /** Whether an exploit is known to exist; `null` when the scanner does not say. */
  readonly exploit: boolean | null;
  /** The scanner was told to pass over it. It counts all the same: exceptions are the gate's `allow`. */
  readonly suppressed: boolean;
  readonly source: "ecr" | "inspector" | "trivy" | "grype";
}

/** What the image gate says about one image reference. */
export interface ImageVerdict {
  /** `none`: nothing trustworthy is known about the image. Only `pass` passes. */
  readonly verdict: "pass" | "block" | "none";
  /** The reference as the request spells it. */
  readonly image: string;
  /** `sha256:…` of what was judged; for a reference by tag, what the tag led to. */
  readonly digest?: string | undefined;
  /** Why: half a sentence. */
  readonly reason?: string | undefined;
  /** What blocks, worst first. */
  readonly findings: readonly ImageFinding[];
  /** When the image was scanned, RFC 3339. */
  readonly scannedAt?: string | undefined;
}

/** Judges container images by what scanners found in them. */
export interface ImageGate {
  /** Never rejects but for an aborted `signal`. */
  judge(image: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ImageVerdict>;
}
