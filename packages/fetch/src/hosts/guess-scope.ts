import { scopeOf } from "./scope-of.ts";

/** The region and service that a signature is made for. */
export interface AwsScope {
  readonly region: string;
  readonly service: string;
}

/**
 * Hosts whose first label differs from the signing name of their service.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
 */
const SIGNING_NAMES: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  appstream2: "appstream",
  cloudhsmv2: "cloudhsm",
  email: "ses",
  "git-codecommit": "codecommit",
  marketplace: "aws-marketplace",
  "mturk-requester": "mturk-requester",
  "mturk-requester-sandbox": "mturk-requester",
  "personalize-runtime": "personalize",
  pinpoint: "mobiletargeting",
  queue: "sqs",
  "s3-accelerate": "s3",
};

/** https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/u;

/** Object stores outside AWS that speak S3's protocol: https://developers.cloudflare.com/r2/api/s3/, https://www.backblaze.com/docs/cloud-storage */
const R2 = ".r2.cloudflarestorage.com";
const BACKBLAZE = /(?:^|\.)s3\.([a-z\d-]+)\.backblazeb2\.com$/u;
const LAMBDA_URL = /^[^.]+\.lambda-url\.([a-z\d-]+)\.on\.aws$/u;

/**
 * The service and region that a host names, by AWS's pattern `service.region.amazonaws.com` and its exceptions. It tells
 * what to sign for and admits no host: aws4fetch sends to every host that its caller names.
 */
export function guessScope(url: URL): AwsScope | undefined {
  const { hostname, pathname } = url;
  const known = scopeOf(url);
  if (known !== undefined) return known;
  if (hostname.endsWith(R2)) return { region: "auto", service: "s3" };
  const backblaze = BACKBLAZE.exec(hostname)?.[1];
  if (backblaze !== undefined) return { region: backblaze, service: "s3" };
  const functionUrl = LAMBDA_URL.exec(hostname)?.[1];
  if (functionUrl !== undefined) return { region: functionUrl, service: "lambda" };

  const suffix = /\.amazonaws\.com(?:\.cn)?$/u.exec(hostname)?.[0];
  if (suffix === undefined) return undefined;
  const labels = hostname
    .slice(0, -suffix.length)
    .split(".")
    .filter((label) => label !== "dualstack");
  const at = labels.findLastIndex((label) => REGION.test(label));
  // `search-x.eu-west-1.es` names its service after the region, all others before it.
  const name = (at === labels.length - 1 ? labels[at - 1] : labels.at(-1)) ?? labels.at(-1) ?? "";
  const region = labels[at] ?? "us-east-1";
  const plain = name.replace(/-fips$/u, "");
  if (plain === "iot") return { region, service: iotService(hostname, pathname) };
  return plain === "" ? undefined : { region, service: SIGNING_NAMES[plain] ?? plain };
}

/** https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
function iotService(hostname: string, pathname: string): string {
  if (hostname.startsWith("iot.")) return "iot";
  if (hostname.startsWith("data.jobs.iot.")) return "iot-jobs-data";
  return pathname === "/mqtt" ? "iotdevicegateway" : "iotdata";
}
