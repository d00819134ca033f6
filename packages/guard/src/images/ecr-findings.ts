import { type Fetch, createSignedFetch } from "@countersign/fetch";
import type { Credentials } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { callable, checkOptions, isRecord, optional } from "@countersign/signer/options";
import { credentialsShape, endpointShape, regionShape } from "../aws-options.ts";
import { refuseOption } from "../error.ts";
import { parseJson } from "../call/json.ts";
import { readBasicFinding, readInspectorFinding } from "./ecr-finding.ts";
import { type ImageReference, isDigest } from "./image-reference.ts";
import { createStrayFinder } from "./members.ts";
import { listAt, textAt, valueAt } from "./reading.ts";
import { type ImageSource, type NoScan, type OtherImage, type Scan, instantOf, noScan } from "./scan.ts";
import type { Coverage } from "./coverage.ts";
import type { ImageFinding } from "./verdict.ts";

/** Options of `ecrFindings`. */
export interface EcrFindingsOptions {
  /** The Region of the registry. Images of other Regions have no verdict. */
  readonly region: string;
  /** They need `ecr:DescribeImages` and `ecr:DescribeImageScanFindings`. */
  readonly credentials: Credentials;
  /** Sends the signed requests. Default: the platform's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Where ECR is, such as a VPC endpoint. Default: ECR's public endpoint of the region. */
  readonly endpoint?: string | URL | undefined;
}

/** More pages than any image has findings for: ECR returns up to 1,000 a page. */
const MAX_PAGES = 200;

/**
 * The states in which findings are complete: basic scanning ends with the first, enhanced scanning stays in the second. The
 * others are IN_PROGRESS, FAILED, UNSUPPORTED_IMAGE, PENDING, SCAN_ELIGIBILITY_EXPIRED, FINDINGS_UNAVAILABLE, LIMIT_EXCEEDED
 * and IMAGE_ARCHIVED (botocore 1.43.107, ecr, ScanStatus).
 */
const usable: ReadonlySet<string | undefined> = new Set(["COMPLETE", "ACTIVE"]);

const strayMember = createStrayFinder({
  imageId: { imageDigest: "any" },
  imageScanStatus: { status: "any" },
  imageScanFindings: {
    imageScanCompletedAt: "any",
    vulnerabilitySourceUpdatedAt: "any",
    findingSeverityCounts: "any",
    findings: [{ name: "text", severity: "text", attributes: [{ key: "text", value: "text" }] }],
    enhancedFindings: [
      {
        status: "text",
        severity: "text",
        title: "text",
        fixAvailable: "text",
        packageVulnerabilityDetails: {
          vulnerabilityId: "text",
          relatedVulnerabilities: "texts",
          vulnerablePackages: [{ name: "text" }],
        },
      },
    ],
  },
  nextToken: "text",
});

/**
 * Findings of Amazon ECR, basic scanning and enhanced (Amazon Inspector), all pages of them. This source also resolves tags.
 *
 * @throws GuardError `INVALID_OPTION` for a missing Region or credentials and for unknown options.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
 */
export function ecrFindings(options: EcrFindingsOptions): ImageSource {
  const { region, credentials, fetch, endpoint } = checkOptions<EcrFindingsOptions>(
    options,
    {
      region: regionShape,
      credentials: credentialsShape,
      fetch: optional(callable),
      endpoint: optional(endpointShape),
    },
    refuseOption,
  );
  const url = new URL(endpoint ?? resolveEndpoint({ service: "ecr", region }).url);
  const signed = createSignedFetch({
    region,
    service: "ecr",
    credentials,
    allowedHosts: [url.host],
    ...(fetch === undefined ? {} : { fetch }),
  });

  return { resolve, scan };

  async function resolve(image: ImageReference, signal?: AbortSignal): Promise<string | undefined> {
    if (image.ecr?.region !== region || image.tag === undefined) return undefined;
    const answer = await call("DescribeImages", { ...nameOf(image), imageIds: [{ imageTag: image.tag }] }, signal);
    const details = "kind" in answer ? undefined : listAt(answer.value, "imageDetails");
    const digest = details?.length === 1 ? textAt(details[0], "imageDigest") : undefined;
    return isDigest(digest) ? digest : undefined;
  }

  async function scan(
    image: ImageReference,
    digest: string | undefined,
    signal?: AbortSignal,
  ): Promise<Scan | NoScan | OtherImage> {
    if (image.ecr === undefined) return { kind: "other" };
    if (image.ecr.region !== region)
      return noScan(`the image is in ${image.ecr.region}, and ECR is asked in ${region}`);
    if (digest === undefined) return noScan("ECR knows no digest for the tag");

    const findings: ImageFinding[] = [];
    let counted = 0;
    let listed = 0;
    let enhanced = false;
    let scannedAt = Number.POSITIVE_INFINITY;
    let newest = 0;
    let nextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const input = { ...nameOf(image), imageId: { imageDigest: digest }, maxResults: 1_000, nextToken };
      const answer = await call("DescribeImageScanFindings", input, signal);
      if ("kind" in answer) return answer;
      const stray = strayMember(answer.value);
      if (stray !== undefined) return noScan(`the answer of ECR has the member ${stray} than ECR's`);
      const status = textAt(answer.value, "imageScanStatus", "status");
      if (!usable.has(status)) return noScan(`the scan in ECR is ${status ?? "in no known state"}`);
      if (textAt(answer.value, "imageId", "imageDigest") !== digest) return noScan("ECR answered about another image");
      const read = readPage(valueAt(answer.value, "imageScanFindings"));
      if (read === undefined) return noScan("the answer of ECR is malformed");
      for (const finding of read.findings) findings.push(finding);
      listed += read.listed;
      enhanced ||= read.enhanced;
      counted = Math.max(counted, read.counted);
      scannedAt = Math.min(scannedAt, read.scannedAt);
      newest = Math.max(newest, read.newest);
      const following = textAt(answer.value, "nextToken");
      if (following === undefined) {
        if (listed < counted) return noScan(`ECR counts ${counted} findings and listed ${listed}`);
        const kind = enhanced ? "enhanced" : "basic";
        const coverage: Coverage = { scanner: "ecr", version: kind, packages: [], filters: [], gaps: [] };
        return { kind: "scan", digests: [digest], tags: [], scannedAt, newest, findings, coverage };
      }
      if (following === nextToken) break;
      nextToken = following;
    }
    return noScan("ECR's list of findings has no end");
  }

  async function call(
    operation: string,
    input: object,
    signal: AbortSignal | undefined,
  ): Promise<NoScan | { readonly value: unknown }> {
    const response = await signed(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
      },
      body: JSON.stringify(input),
      ...(signal === undefined ? {} : { signal }),
    });
    const parsed = parseJson(await response.text());
    if (response.ok) return parsed ?? noScan("the answer of ECR is not JSON");
    const type = textAt(parsed?.value, "__type")?.replace(/^.*#/, "");
    return noScan(`ECR answered ${operation} with ${type ?? response.status}`);
  }
}

function nameOf({ ecr, repository }: ImageReference): object {
  return { registryId: ecr?.registryId, repositoryName: repository };
}

/** One page of findings. */
interface Page {
  readonly findings: readonly ImageFinding[];
  /** How many findings the page lists, the closed ones included. */
  readonly listed: number;
  readonly enhanced: boolean;
  /** How many findings ECR counts in all. */
  readonly counted: number;
  readonly scannedAt: number;
  readonly newest: number;
}

function readPage(found: unknown): Page | undefined {
  const basic = valueAt(found, "findings") ?? [];
  const enhanced = valueAt(found, "enhancedFindings") ?? [];
  const completed = instantOf(valueAt(found, "imageScanCompletedAt"));
  const source = valueAt(found, "vulnerabilitySourceUpdatedAt");
  const updated = instantOf(source);
  if (!Array.isArray(basic) || !Array.isArray(enhanced) || completed === undefined) return undefined;
  // The data may be old where the date cannot be read.
  if (source !== undefined && updated === undefined) return undefined;
  const open = enhanced.filter((finding) => textAt(finding, "status") !== "CLOSED");
  const findings = [...basic.map(readBasicFinding), ...open.map(readInspectorFinding)];
  if (findings.includes(undefined)) return undefined;
  const given = valueAt(found, "findingSeverityCounts") ?? {};
  const counts = isRecord(given) ? Object.values(given) : [undefined];
  if (!counts.every(isCount)) return undefined;
  return {
    findings: findings as ImageFinding[],
    listed: basic.length + enhanced.length,
    enhanced: enhanced.length > 0,
    counted: counts.reduce((sum, count) => sum + count, 0),
    scannedAt: Math.min(completed, updated ?? completed),
    newest: Math.max(completed, updated ?? completed),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
