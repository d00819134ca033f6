/**
 * The places in a request of the fields that the rules read. Pointers start at the place of the workload. A name that ends
 * with `?` is skipped when it is absent; `*` is each element.
 */
export interface Workload {
  /** The workload's place in the input; `""` is the input itself. */
  readonly at: string;
  /** `VpcConfig` with `Subnets` and `SecurityGroupIds`. */
  readonly vpc?: readonly string[];
  readonly vpcId?: readonly string[];
  readonly subnet?: readonly string[];
  readonly securityGroup?: readonly string[];
  readonly isolation?: readonly string[];
  readonly encryption?: readonly string[];
  readonly instanceCount?: readonly string[];
  /** Groups whose instances add up. */
  readonly instanceGroup?: readonly string[];
  readonly instanceType?: readonly string[];
  /** KMS key of the instances' volumes. */
  readonly volumeKey?: readonly string[];
  /** KMS key of the output in S3. */
  readonly outputKey?: readonly string[];
  /** KMS key of stored data. */
  readonly storeKey?: readonly string[];
  readonly image?: readonly string[];
  /**
   * References to an image through another resource: an algorithm, a model package, content of a hub, another
   * component.
   */
  readonly imageReference?: readonly string[];
  /** Whether users may run containers of their own. */
  readonly docker?: readonly string[];
}

/** A part of the table. */
export type WorkloadPart = Exclude<keyof Workload, "at">;

/** The pointers of a part that the workload has, and none that `Object.prototype` was given. */
export function pointersOfPart(workload: Workload, part: WorkloadPart): readonly string[] {
  return Object.hasOwn(workload, part) ? (workload[part] ?? []) : [];
}
