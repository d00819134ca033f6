/**
 * Where the fields that the rules read stand in a request. Pointers start at the workload's own place; `?` ends a name
 * that may be missing without anything being wrong, `*` is each element.
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
  /** KMS key of what is written to S3. */
  readonly outputKey?: readonly string[];
  /** KMS key of a store that outlives the request. */
  readonly storeKey?: readonly string[];
  readonly image?: readonly string[];
}

/** A part of the table, the place excepted. */
export type WorkloadPart = Exclude<keyof Workload, "at">;
