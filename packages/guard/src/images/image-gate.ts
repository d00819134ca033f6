import type { Clock } from "@countersign/signer";
import {
  type Shape,
  checkOptions,
  clockShape,
  contract,
  flag,
  listOf,
  nested,
  oneOf,
  optional,
  shape,
  signalShape,
  text,
  unchecked,
} from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { coverageRules } from "./coverage.ts";
import { type ImageReference, parseImage } from "./image-reference.ts";
import { type Allowance, createJudgement } from "./judgement.ts";
import type { ImageSource, NoScan, Scan } from "./scan.ts";
import type { ImageGate, ImageVerdict } from "./verdict.ts";

/** Options of `imageGate`. */
export interface ImageGateOptions {
  /** Where scans come from. With several, each must either give a usable scan or be about other images. */
  readonly source: ImageSource | readonly ImageSource[];
  /** Vulnerabilities of this severity and above block. Default: `HIGH`. */
  readonly severityAtOrOver?: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL" | undefined;
  /** Only vulnerabilities that an update removes, wholly or in part, block. Default: false. */
  readonly onlyFixable?: boolean | undefined;
  /** Whether a vulnerability of unknown severity blocks. Default: `block`. */
  readonly unknownSeverity?: "block" | "allow" | undefined;
  /** With `onlyFixable`: whether a vulnerability blocks when it is unknown if a fix exists. Default: `block`. */
  readonly unknownFix?: "block" | "allow" | undefined;
  /** Whether an image without a usable scan blocks. Default: `block`. */
  readonly noVerdict?: "block" | "allow" | undefined;
  /** A scan is no verdict when it, or its vulnerability data, is older. Hours. Default: 168. */
  readonly maxScanAgeHours?: number | undefined;
  /**
   * `true`: the request names the image by digest, because a tag may move before the image is pulled. `"resolve"`: a tag is
   * accepted when a source knows the digest that it stands for now. `false`: a report made from the same tag counts too.
   * Default: `true`.
   */
  readonly requireDigest?: boolean | "resolve" | undefined;
  /** Vulnerabilities, packages and gaps of coverage that do not block, until a date. Default: none. */
  readonly allow?: readonly Allowance[] | undefined;
  /** Decides how old scans are. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const choice = oneOf("block", "allow");
const source = contract("one of ecrFindings, trivyReport and grypeReport, or a list of them", "scan");

const sources: Shape = (value, field, refuse) => {
  if (!Array.isArray(value)) return [source(value, field, refuse)];
  shape("a list of at least one source", () => value.length > 0)(value, field, refuse);
  return listOf(source)(value, field, refuse);
};

const digestRule: Shape = shape(
  'true, false or "resolve"',
  (value) => typeof value === "boolean" || value === "resolve",
);

/**
 * Makes a gate that judges container images by the reports of scanners. AWS scans the images that it provides and those of
 * its Marketplace; this gate is for images of your own.
 *
 * @throws GuardError `INVALID_OPTION`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-security.html#mkt-container-scan
 * @example
 * const images = imageGate({ source: trivyReport("trivy.json"), severityAtOrOver: "HIGH", maxScanAgeHours: 72 });
 * const guard = createGuard({ posture: "private", images });
 */
export function imageGate(options: ImageGateOptions): ImageGate {
  const given = checkOptions<ImageGateOptions>(
    options,
    {
      source: sources,
      severityAtOrOver: optional(oneOf("LOW", "MEDIUM", "HIGH", "CRITICAL")),
      onlyFixable: optional(flag),
      unknownSeverity: optional(choice),
      unknownFix: optional(choice),
      noVerdict: optional(choice),
      maxScanAgeHours: optional(shape("a number of hours above 0", (hours) => typeof hours === "number" && hours > 0)),
      requireDigest: optional(digestRule),
      allow: optional(
        listOf(
          nested<Allowance>({
            id: optional(text),
            package: optional(text),
            coverage: optional(oneOf(...Object.keys(coverageRules))),
            until: unchecked,
            reason: text,
          }),
        ),
      ),
      clock: optional(clockShape),
    },
    refuseOption,
  );
  const { noVerdict = "block", requireDigest = true, clock = { now: () => Date.now() } } = given;
  const asked = given.source as readonly ImageSource[];
  const judgement = createJudgement({
    severityAtOrOver: given.severityAtOrOver ?? "HIGH",
    onlyFixable: given.onlyFixable ?? false,
    unknownSeverity: given.unknownSeverity ?? "block",
    unknownFix: given.unknownFix ?? "block",
    maxScanAgeMs: (given.maxScanAgeHours ?? 168) * 3_600_000,
    allow: given.allow ?? [],
  });

  return {
    async judge(image, judgeOptions) {
      const { signal } = checkOptions<JudgeOptions>(judgeOptions, { signal: optional(signalShape) }, refuseOption);
      const reference = parseImage(image);
      if (reference === undefined) return refused(image, "it is not an image reference with a registry");
      const digest = reference.digest ?? (await resolve(reference, signal));
      if (reference.digest === undefined && requireDigest === true) return byTag(reference, digest);
      if (digest === undefined && requireDigest !== false)
        return refused(image, "no source knows the digest that its tag stands for");
      const scans = await Promise.all(asked.map((from) => ask(() => from.scan(reference, digest, signal))));
      signal?.throwIfAborted();
      const failed = scans.find((scan): scan is NoScan => scan.kind === "none");
      const usable = scans.filter((scan): scan is Scan => scan.kind === "scan");
      if (failed !== undefined) return unknown(image, failed.reason, digest, usable);
      if (usable.length === 0) return unknown(image, "no report is about it", digest, usable);
      const judged = judgement(usable, clock.now());
      if (judged.verdict === "none") return unknown(image, judged.reason, digest, usable);
      return { ...judged, image, digest };
    },
  };

  async function resolve(reference: ImageReference, signal: AbortSignal | undefined): Promise<string | undefined> {
    for (const from of asked) {
      try {
        const digest = await from.resolve?.(reference, signal);
        if (digest !== undefined) return digest;
      } catch {
        // The next source may know the tag.
      }
    }
    return undefined;
  }

  function unknown(image: string, reason: string, digest: string | undefined, scans: readonly Scan[]): ImageVerdict {
    const verdict = noVerdict === "allow" ? "pass" : "none";
    return { verdict, image, digest, reason, findings: [], coverage: scans.map(({ coverage }) => coverage) };
  }
}

type JudgeOptions = NonNullable<Parameters<ImageGate["judge"]>[1]>;

/** Refused whatever `noVerdict` says: it is not known which image would run. */
function refused(image: string, reason: string): ImageVerdict {
  return { verdict: "block", image, reason, findings: [] };
}

function byTag({ text: image, registry, repository }: ImageReference, digest: string | undefined): ImageVerdict {
  const fix =
    digest === undefined
      ? 'Name the image by its digest, or set requireDigest to "resolve" with a source that resolves tags.'
      : `Name ${registry}/${repository}@${digest}, or set requireDigest to "resolve".`;
  return { ...refused(image, "it is named by tag, and a tag may move before the image is pulled"), digest, fix };
}

async function ask(scan: () => ReturnType<ImageSource["scan"]>): ReturnType<ImageSource["scan"]> {
  try {
    return await scan();
  } catch {
    return { kind: "none", reason: "its source failed" };
  }
}
