import type { Facts } from "./facts.ts";
import type { Severity } from "./finding.ts";
import type { Workload } from "./workload.ts";

/** The postures, each holding all that the one before holds. */
export type PostureName = "baseline" | "private" | "locked";

/** The topics of the AWS page "Infrastructure Security in Amazon SageMaker". */
export type Topic =
  | "notebook"
  | "internet-free"
  | "container-scan"
  | "vpc-endpoint"
  | "processing-vpc"
  | "training-vpc"
  | "hosting-vpc"
  | "transform-vpc";

/** What the caller's network looks like. An absent list allows anything. */
export interface Network {
  readonly vpcId?: string | undefined;
  /** The subnets that a request may name. */
  readonly subnets?: readonly string[] | undefined;
  /** The security groups that a request may name. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** Ids of the interface endpoints that requests may go through. */
  readonly vpcEndpoints?: readonly string[] | undefined;
}

/** What a predicate sees besides the value. */
export interface Context {
  readonly action: string;
  readonly input: unknown;
  /** The part of the input that describes one job, model or endpoint: the input itself for most actions. */
  readonly scope: unknown;
  /** The values in `scope` that play this part, such as every `instanceCount`. */
  read(part: keyof Workload): readonly unknown[];
  readonly facts: Facts;
  readonly network: Network;
}

/** A condition on the request that IAM can check too. */
export interface HeldCondition {
  readonly operator: "Bool" | "StringEquals" | "ForAllValues:StringEquals" | "Null";
  /** A condition key of IAM, such as `sagemaker:VpcSubnets`. */
  readonly key: string;
  readonly values: readonly string[];
  /** A request without the key passes: the field stays as it was. */
  readonly ifPresent?: boolean;
}

/** How a rule is written as policy. */
export interface RulePolicy {
  /** All must hold. Empty when the options leave nothing to hold. */
  readonly conditions: (network: Network, action: string) => readonly HeldCondition[];
  /** Where the keys see less than the rule: which way they part. */
  readonly stricter?: string;
}

/** One rule of a posture: data for the evaluator, the emitted policies and the documentation. */
export interface Rule {
  /** Kebab-case, unique. */
  readonly id: string;
  readonly topic: Topic;
  /** The first posture that holds it. */
  readonly posture: PostureName;
  readonly severity: Severity;
  /** The operations it speaks about; `*` is every call. */
  readonly actions: readonly string[];
  /**
   * The value to judge: a part of the workload table (`vpc`), or such a part and a path below it (`vpc/Subnets/*`), or a JSON
   * pointer from the scope (`/RootAccess`). `*` is each element; `?` after a name: only where that name is present.
   */
  readonly pointer: string;
  /** Whether the value keeps the rule. Called once for each value that `pointer` leads to, `undefined` when absent. */
  readonly holds: (value: unknown, context: Context) => boolean;
  /** What is wrong. */
  readonly message: string;
  /** What about this very value is wrong; stands after `message`. */
  readonly detail?: (value: unknown, context: Context) => string | undefined;
  readonly fix: string;
  /** The AWS page first, then ids of other tools. */
  readonly references: readonly string[];
  readonly policy?: RulePolicy;
  /** Why no policy can say it. */
  readonly unheld?: string;
}
