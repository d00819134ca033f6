import { suffixesIn } from "./partition.ts";

/** What precedes the region in the plain hosts of `hostRules`, and in ECR's dual-stack ones. */
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

/** STS and S3 still have hosts without a region, which are us-east-1's. */
const withoutRegion = /(?:^|\.)(?:sts|s3)(?=\.amazonaws\.com$)/;

/** The id of a VPC endpoint, with its zone, and the mark behind the region; only S3's has labels before it. */
const vpcEndpoint = /^((?:.+\.)?bucket\.)?vpce-[a-z\d]+-[a-z\d-]+\.(.+-\d+)\.vpce\./;

/** Which label bears the mark of a FIPS host depends on service and partition. */
const marks = /-fips(?=\.|$)|\.dualstack$|^.*\.(?=s3(?:-fips)?(?:\.dualstack)?$)/g;

const host = /^(.+)\.(([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+)\.(.+)$/;

/**
 * What to sign for at a host that `resolveEndpoint` forms, and at the buckets below S3's; `undefined` for every other
 * host, and for one that is not reached through TLS.
 *
 * Every variant of a host is reduced to the plain one, of which all labels are known: `*.vpce.amazonaws.com` and other
 * suffixes also carry the names of strangers' services. A page that just signs does not load how hosts are formed.
 */
export function parseSigningScope(url: URL): { readonly region: string; readonly service: string } | undefined {
  const plain = url.hostname.replace(withoutRegion, "$&.us-east-1").replace(vpcEndpoint, "$1$2.");
  const [, before = "", region = "", area = "", suffix = ""] = host.exec(plain) ?? [];
  const label = before.replace(marks, "");
  const known = labels.has(label) && suffixesIn(area)?.includes(suffix);
  // The runtime's HTTP/2 port is the only one besides 443.
  const isPort = url.port === "" || (url.port === "8443" && label === "runtime.sagemaker");
  return known === true && isPort && url.protocol === "https:"
    ? { region, service: label.replace(/^.*\./, "") }
    : undefined;
}
