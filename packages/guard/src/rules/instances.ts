import type { Context } from "./rule.ts";

/**
 * Instance families with local NVMe storage, as IAM patterns. They take no `VolumeKmsKeyId`, because they encrypt the storage
 * themselves. A `d` at the end of a family's name marks them; for accelerated families only the specification says so.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId) and
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html#instance-store-volumes
 */
export const localStorage: readonly string[] = [
  "ml.*d.*",
  "ml.*dn.*",
  "ml.g5.*",
  "ml.g6.*",
  "ml.g6e.*",
  "ml.gr6.*",
  "ml.p4de.*",
  "ml.p5*",
  "ml.p6*",
  "ml.trn*",
];

const localFamily = new RegExp(`^(?:${localStorage.join("|").replaceAll(".", "\\.").replaceAll("*", ".*")})$`);

/**
 * Instance types with an Elastic Fabric Adapter, which need five private addresses each rather than two.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html and
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
 */
const fabric =
  /^ml\.(?:p3dn\.24x|p4de?\.24x|p5\w*\.\d+x|p6e?-\S+\.\d+x|trn1n?\.32x|trn2\.48x|g4dn\.(?:8|12|16)x|g(?:5|6e?)\.(?:8|12|16|24|48)x|c5n\.18x)large$/;

/** Whether an instance type has local NVMe storage. */
export function hasLocalStorage(type: unknown): boolean {
  return isInstanceType(type) && localFamily.test(type);
}

/** Whether an instance type has an Elastic Fabric Adapter. */
export function hasFabric(type: unknown): boolean {
  return isInstanceType(type) && fabric.test(type);
}

/** No instance type is longer; the patterns above would take quadratic time on long texts. */
function isInstanceType(type: unknown): type is string {
  return typeof type === "string" && type.length <= 64;
}

/** Whether a workload may run on more than one instance. Any count but 0 and 1 counts as several. */
export function severalInstances(context: Context): boolean {
  if (context.read("instanceGroup").length > 1) return true;
  return context.read("instanceCount").some((count) => count !== 1 && count !== 0);
}
