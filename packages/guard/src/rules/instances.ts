import type { Context } from "../rule.ts";

/**
 * Instance families whose storage is local NVMe: they take no `VolumeKmsKeyId`, their volumes are encrypted by the
 * instance itself. As IAM patterns.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId) and
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html#instance-store-volumes
 */
export const localStorage: readonly string[] = [
  "ml.c5d.*",
  "ml.c6gd.*",
  "ml.c6id.*",
  "ml.c7gd.*",
  "ml.c8gd.*",
  "ml.g4dn.*",
  "ml.g5.*",
  "ml.g6.*",
  "ml.g6e.*",
  "ml.g7e.*",
  "ml.gr6.*",
  "ml.i3en.*",
  "ml.m5d.*",
  "ml.m6gd.*",
  "ml.m6id.*",
  "ml.m7gd.*",
  "ml.m8gd.*",
  "ml.p3dn.*",
  "ml.p4d.*",
  "ml.p4de.*",
  "ml.p5.*",
  "ml.p5e.*",
  "ml.p5en.*",
  "ml.p6-*",
  "ml.p6e-*",
  "ml.r5d.*",
  "ml.r6gd.*",
  "ml.r6id.*",
  "ml.r7gd.*",
  "ml.r8gd.*",
  "ml.trn1.*",
  "ml.trn1n.*",
  "ml.trn2.*",
];

/**
 * Instance types with an Elastic Fabric Adapter, which need five private addresses each rather than two.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html and
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
 */
const fabric =
  /^ml\.(?:p3dn\.24x|p4de?\.24x|p5\w*\.\d+x|p6e?-\S+\.\d+x|trn1n?\.32x|trn2\.48x|g4dn\.(?:8|12|16)x|g(?:5|6e?)\.(?:8|12|16|24|48)x|c5n\.18x)large$/;

const families = new Set(localStorage.map((pattern) => pattern.replace(/[.-]\*$/, "")));

/** Whether an instance type has local NVMe storage, by its family. */
export function hasLocalStorage(type: unknown): boolean {
  if (typeof type !== "string") return false;
  const family = /^ml\.[a-z0-9]+/.exec(type)?.[0];
  return family !== undefined && families.has(family);
}

/** Whether an instance type has an Elastic Fabric Adapter. */
export function hasFabric(type: unknown): boolean {
  return typeof type === "string" && fabric.test(type);
}

/** Whether a workload may run on more than one instance. What is not plainly one counts as several. */
export function severalInstances(context: Context): boolean {
  if (context.read("instanceGroup").length > 1) return true;
  return context.read("instanceCount").some((count) => count !== 1 && count !== 0);
}
