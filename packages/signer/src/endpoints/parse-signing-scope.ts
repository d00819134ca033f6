import type { Endpoint } from "./endpoint.ts";
import { hostLabels, signingNameIn } from "./host-labels.ts";
import { suffixesOf } from "./partition.ts";
import { readUrl } from "./read-url.ts";

/** STS and S3 still have hosts without a region, which are us-east-1's. */
const withoutRegion = /(?:^|\.)(?:sts|s3)(?=\.amazonaws\.com$)/;

/** The id of a VPC endpoint, whose zone is one of the region; only S3's has labels before it. */
const vpcEndpoint =
  /^(?=.*\.([a-z\d-]+)\.vpce\.)((?:.+\.)?bucket\.)?vpce-[a-z\d]+-[a-z\d]+(?:-\1[a-z\d-]*)?\.(.+)\.vpce\./;

/** Where a variant of a host bears its mark depends on service and partition. */
const marks = /-fips(?=\.|$)|\.dualstack$/g;

// ECR's dual-stack hosts have a label of their own.
const labels = [...Object.values(hostLabels), "ecr"];

/**
 * What to sign for at a host that `resolveEndpoint` forms, and at the buckets below S3's; `undefined` for every other
 * host, and for one that is not reached through TLS.
 *
 * Every variant of a host is reduced to the plain one, of which all labels are known: `*.vpce.amazonaws.com` and other
 * suffixes also carry the names of strangers' services. A page that just signs does not load how hosts are formed.
 */
export function parseSigningScope(
  urlOrHost: string | URL,
): Pick<Endpoint, "signingName" | "signingRegion"> | undefined {
  const url = readUrl(urlOrHost);
  if (url?.protocol !== "https:") return undefined;
  const plain = url.hostname.replace(withoutRegion, "$&.us-east-1").replace(vpcEndpoint, "$2$3.");
  const [, before = "", signingRegion = "", suffix = ""] = /^(.+)\.([a-z-]+-\d+)\.(.+)$/.exec(plain) ?? [];
  const label = before.replace(marks, "").replace(/^.*\.(?=s3$)/, "");
  const isPort = url.port === "" || (url.port === "8443" && label === "runtime.sagemaker");
  return isPort && labels.includes(label) && suffixesOf(signingRegion)?.includes(suffix) === true
    ? { signingName: signingNameIn(label), signingRegion }
    : undefined;
}
