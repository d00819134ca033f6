import type { Clock } from "@countersign/signer";
import { GuardError } from "../error.ts";
import { type Allowance, type GatePolicy, createJudgement } from "./judgement.ts";
import { parseImage } from "./image-reference.ts";
import type { ImageSource, Scan } from "./scan.ts";
import type { ImageGate, ImageVerdict } from "./verdict.ts";

/** What an image must be to pass. */
export interface ImageGateOptions {
  /** Where scans come from. With several, each must either give a usable scan or be about other images. */
  readonly source: ImageSource | readonly ImageSource[];
  /** From this severity on a vulnerability blocks. Default: `HIGH`. */
  readonly severityAtOrOver?: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL" | undefined;
  /** Only vulnerabilities that an update removes, wholly or in part, block. Default: false. */
  readonly onlyFixable?: boolean | undefined;
  /** Whether a vulnerability of unknown severity blocks. Default: `block`. */
  readonly unknownSeverity?: "block" | "allow" | undefined;
  /** With `onlyFixable`: whether a vulnerability without word of a fix blocks. Default: `block`. */
  readonly unknownFix?: "block" | "allow" | undefined;
  /** Whether an image blocks of which nothing trustworthy is known. Default: `block`. */
  readonly noVerdict?: "block" | "allow" | undefined;
  /** Scans, and vulnerability data, older than this are no verdict. Hours. Default: 168. */
  readonly maxScanAgeHours?: number | undefined;
  /** Images are told by digest: a tag must lead to one. Otherwise a report made from the very tag counts. Default: true. */
  readonly requireDigest?: boolean | undefined;
  /** Vulnerabilities that do not block, until a date. */
  readonly allow?: readonly Allowance[] | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/**
 * Makes a gate that lets container images pass by what scanners found in them. AWS scans the images it provides and those
 * of its Marketplace; this is for one's own.
 *
 * @throws GuardError `INVALID_OPTION`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-security.html#mkt-container-scan
 * @example
 * const images = imageGate({ source: trivyReport("trivy.json"), severityAtOrOver: "HIGH", maxScanAgeHours: 72 });
 * const guard = createGuard({ posture: "private", images });
 */
export function imageGate(options: ImageGateOptions): ImageGate {
  const clock = options.clock ?? { now: () => Date.now() };
  const sources = [options.source].flat() as readonly ImageSource[];
  if (sources.length === 0 || sources.some((source) => typeof source?.scan !== "function"))
    throw new GuardError(
      "INVALID_OPTION",
      "source must be one of ecrFindings, trivyReport and grypeReport, or a list of them.",
    );
  const policy: GatePolicy = {
    severityAtOrOver: choose("severityAtOrOver", options.severityAtOrOver ?? "HIGH", [
      "LOW",
      "MEDIUM",
      "HIGH",
      "CRITICAL",
    ]),
    onlyFixable: options.onlyFixable === true,
    unknownSeverity: choose("unknownSeverity", options.unknownSeverity ?? "block", ["block", "allow"]),
    unknownFix: choose("unknownFix", options.unknownFix ?? "block", ["block", "allow"]),
    maxScanAgeMs: checkHours(options.maxScanAgeHours ?? 168) * 3_600_000,
    allow: options.allow ?? [],
  };
  const noVerdict = choose("noVerdict", options.noVerdict ?? "block", ["block", "allow"]);
  const requireDigest = options.requireDigest !== false;
  const judgement = createJudgement(policy);

  return {
    async judge(image, { signal } = {}) {
      const reference = parseImage(image);
      if (reference === undefined) return refused(image, "it is no image reference with a registry");
      const digest = reference.digest ?? (await resolve(reference, signal));
      if (digest === undefined && requireDigest)
        return refused(image, "its tag leads to no digest that could be judged");
      const scans = await Promise.all(sources.map((source) => ask(() => source.scan(reference, digest, signal))));
      signal?.throwIfAborted();
      const failed = scans.find((scan) => scan.kind === "none");
      const usable = scans.filter((scan): scan is Scan => scan.kind === "scan");
      if (failed !== undefined) return unknown(image, failed.reason, digest);
      if (usable.length === 0) return unknown(image, "no report is about it", digest);
      const judged = judgement(usable, clock.now());
      if (judged.verdict === "none") return unknown(image, judged.reason, digest);
      return { ...judged, image, digest };
    },
  };

  async function resolve(reference: NonNullable<ReturnType<typeof parseImage>>, signal: AbortSignal | undefined) {
    for (const source of sources) {
      const digest = await source.resolve?.(reference, signal).catch(() => undefined);
      if (digest !== undefined) return digest;
    }
    return undefined;
  }

  function unknown(image: string, reason: string, digest: string | undefined): ImageVerdict {
    return { verdict: noVerdict === "allow" ? "pass" : "none", image, digest, reason, findings: [] };
  }
}

/** Whatever `noVerdict` says: there is no telling what would run. */
function refused(image: string, reason: string): ImageVerdict {
  return { verdict: "block", image, reason, findings: [] };
}

async function ask(scan: () => ReturnType<ImageSource["scan"]>): ReturnType<ImageSource["scan"]> {
  try {
    return await scan();
  } catch {
    return { kind: "none", reason: "its scan could not be asked for" };
  }
}

function choose<Choice extends string>(name: string, value: Choice, choices: readonly Choice[]): Choice {
  if (!choices.includes(value))
    throw new GuardError("INVALID_OPTION", `${name} is ${JSON.stringify(value)}; it must be ${choices.join(" or ")}.`);
  return value;
}

function checkHours(hours: number): number {
  if (typeof hours !== "number" || !(hours > 0))
    throw new GuardError("INVALID_OPTION", `maxScanAgeHours is ${String(hours)}; it must be a number of hours over 0.`);
  return hours;
}
