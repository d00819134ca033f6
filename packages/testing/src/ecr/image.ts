import { createHash } from "node:crypto";
import {
  checkOptions,
  listOf,
  oneOf,
  optional,
  shape,
  type Shapes,
  text,
  wholeNumber,
} from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { accountShape, dateShape, isObject } from "../shapes.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html */
export type ScanStatus =
  | "IN_PROGRESS"
  | "COMPLETE"
  | "FAILED"
  | "UNSUPPORTED_IMAGE"
  | "ACTIVE"
  | "PENDING"
  | "SCAN_ELIGIBILITY_EXPIRED"
  | "FINDINGS_UNAVAILABLE"
  | "LIMIT_EXCEEDED"
  | "IMAGE_ARCHIVED";

/** A container image in the local ECR, and what scanning found. */
export interface ImageSpec {
  /** Its repository, without the registry. */
  readonly repository: string;
  /** Default: that of the first account. */
  readonly registryId?: string | undefined;
  /** Default: none. */
  readonly tags?: readonly string[] | undefined;
  /** `sha256:` and 64 hex digits. Default: made from repository and tags. */
  readonly digest?: string | undefined;
  /** Basic scanning answers `findings`, enhanced (Amazon Inspector) `enhancedFindings`. Default `basic`. */
  readonly scanning?: "basic" | "enhanced" | undefined;
  /** `never`: not scanned until `StartImageScan`. Default: `COMPLETE`, or `ACTIVE` for enhanced scanning. */
  readonly status?: ScanStatus | "never" | undefined;
  /** As ECR writes them: `{ name, severity, uri?, attributes? }`, or Inspector's objects. Default none. */
  readonly findings?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Default: when the image came. */
  readonly scannedAt?: Date | undefined;
  /** How long a started scan takes on the local clock, in milliseconds. Default 5,000. */
  readonly scanMs?: number | undefined;
}

const scanStatuses: readonly ScanStatus[] = [
  "IN_PROGRESS",
  "COMPLETE",
  "FAILED",
  "UNSUPPORTED_IMAGE",
  "ACTIVE",
  "PENDING",
  "SCAN_ELIGIBILITY_EXPIRED",
  "FINDINGS_UNAVAILABLE",
  "LIMIT_EXCEEDED",
  "IMAGE_ARCHIVED",
];

const imageShapes: Shapes<ImageSpec> = {
  repository: text,
  registryId: optional(accountShape),
  tags: optional(listOf(text)),
  digest: optional(
    shape("sha256: and 64 hex digits", (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value)),
  ),
  scanning: optional(oneOf("basic", "enhanced")),
  status: optional(oneOf(...scanStatuses, "never")),
  findings: optional(listOf(shape("an object", isObject))),
  scannedAt: optional(dateShape),
  scanMs: optional(wholeNumber(0, 86_400_000, "milliseconds")),
};

/** An image as ECR keeps it. */
export interface Image {
  readonly repository: string;
  readonly registryId: string;
  readonly tags: readonly string[];
  readonly digest: string;
  readonly scanning: "basic" | "enhanced";
  readonly findings: readonly Readonly<Record<string, unknown>>[];
  readonly scanMs: number;
  readonly pushedAt: number;
  scan: { readonly status: ScanStatus; readonly at: number; readonly startedAt?: number } | undefined;
}

/** The images of one local AWS. */
export interface ImageRegistry {
  add(spec: ImageSpec): Image;
  inRepository(registryId: string, repository: string): readonly Image[];
}

export function createImageRegistry(accountId: string, now: () => number): ImageRegistry {
  const images: Image[] = [];
  return {
    add(given) {
      const spec = checkOptions(given, imageShapes, refuseOption, "images.");
      const { repository, tags = [], scanning = "basic", registryId = accountId } = spec;
      const digest =
        spec.digest ??
        `sha256:${createHash("sha256")
          .update([repository, ...tags].join("\n"))
          .digest("hex")}`;
      const pushedAt = now();
      const status = spec.status ?? (scanning === "basic" ? "COMPLETE" : "ACTIVE");
      const image: Image = {
        repository,
        registryId,
        tags,
        digest,
        scanning,
        findings: spec.findings ?? [],
        scanMs: spec.scanMs ?? 5000,
        pushedAt,
        scan: status === "never" ? undefined : { status, at: spec.scannedAt?.getTime() ?? pushedAt },
      };
      images.push(image);
      return image;
    },
    inRepository: (registryId, repository) =>
      images.filter((image) => image.registryId === registryId && image.repository === repository),
  };
}

/** The state of an image's scan at `now`: a started scan completes after `scanMs`. */
export function scanAt(image: Image, now: number): Image["scan"] {
  const { scan } = image;
  if (scan?.startedAt !== undefined && scan.status === "IN_PROGRESS" && now >= scan.startedAt + image.scanMs) {
    return { status: "COMPLETE", at: scan.startedAt + image.scanMs, startedAt: scan.startedAt };
  }
  return scan;
}
