import { MAX_HOST_CHARS, suffixesIn } from "./partition.ts";

/** The labels before the region in the plain hosts of `hostRules`, and in ECR's dual-stack ones. */
const labels: ReadonlySet<string> = new Set([
  "api.sagemaker",
  "runtime.sagemaker",
  "a2i-runtime.sagemaker",
  "featurestore-runtime.sagemaker",
  "metrics.sagemaker",
  "edge.sagemaker",
  "job-runtime.sagemaker",
  "sagemaker-geospatial",
  "sts",
  "api.ecr",
  "ecr",
  "ec2",
  "s3",
]);

/** A host without a region, which is in us-east-1: STS and S3 still have one. */
const withoutRegion = /^((?:.+\.)?s3|sts)\.amazonaws\.com$/;

/** Everything before the region, the region, the beginning of its name, and everything after it. */
const parts = /^(.+)\.(([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+)\.(.+)$/;

/** The id of a VPC endpoint, its zone, and the label of the service; S3's hosts have `bucket.` before them. */
const vpcEndpoint = /^((?:.+\.)?bucket\.)?vpce-[a-z\d]+-[a-z\d]+(?:-([a-z\d-]+))?\.([a-z\d.-]+)$/;

/** A bucket before S3's labels. */
const bucket = /^.+\.(?=s3(?:-fips)?(?:\.dualstack)?$)/;

/** The mark of a FIPS host: where it stands depends on service and partition. */
const fips = /^(api|runtime|metrics)-fips(?=\.sagemaker$)|-fips$/;

/**
 * What to sign for at a host that `resolveEndpoint` forms, and at the buckets below S3's. `undefined` for every other
 * host, and for a URL that does not use TLS.
 *
 * The host is taken apart at its region, and each part must be exactly one that AWS's rules put there. Other suffixes,
 * such as `*.vpce.amazonaws.com`, also carry the names of other customers' services. A page that only signs loads this
 * and not the rules by which hosts are formed.
 */
export function parseSigningScope(url: URL): { readonly region: string; readonly service: string } | undefined {
  const { protocol, hostname, port } = Object(url) as Partial<URL>;
  if (protocol !== "https:" || typeof hostname !== "string" || hostname.length > MAX_HOST_CHARS) return undefined;
  const named = hostname.replace(withoutRegion, "$1.us-east-1.amazonaws.com");
  const [, before = "", region = "", area = "", after = ""] = parts.exec(named) ?? [];
  const [plain, dual] = suffixesIn(area) ?? [];
  if (plain === undefined) return undefined;
  const label =
    after === `vpce.${plain}`
      ? labelOfVpcEndpoint(before, region)
      : labelOfRegion(before, after === plain, after === dual);
  // The runtime's HTTP/2 port is the only one besides 443.
  const isPort = port === "" || (port === "8443" && label === "runtime.sagemaker");
  return label !== undefined && labels.has(label) && isPort
    ? { region, service: label.slice(label.lastIndexOf(".") + 1) }
    : undefined;
}

function labelOfVpcEndpoint(before: string, region: string): string | undefined {
  const [, prefix, zone = region, label = ""] = vpcEndpoint.exec(before) ?? [];
  return zone.startsWith(region) && (prefix !== undefined) === (label === "s3") && label !== "ecr" ? label : undefined;
}

function labelOfRegion(before: string, isPlain: boolean, isDual: boolean): string | undefined {
  const label = before.replace(bucket, "");
  const isDualS3 = label.endsWith(".dualstack");
  const service = label.replace(/^(s3(?:-fips)?)\.dualstack$/, "$1").replace(fips, "$1");
  // S3's dual-stack hosts stay under the plain suffix; ECR's have a label of their own; job-runtime has no other.
  const isDualOnly = service === "ecr" || service === "job-runtime.sagemaker";
  const isPlainOnly = service === "api.ecr" || service === "s3";
  if (isDualS3 ? !isPlain : isPlain ? isDualOnly : !isDual || isPlainOnly) return undefined;
  return service;
}
