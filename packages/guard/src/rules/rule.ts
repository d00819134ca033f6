import type { Facts } from "../facts.ts";
import type { Severity } from "../finding.ts";
import type { PolicyCondition } from "../policy/document.ts";
import type { WorkloadPart } from "../api/workload.ts";

/** The postures, each holding all that the one before holds. */
export type PostureName = "baseline" | "private" | "locked";

/** The topics of the AWS page "Infrastructure Security in Amazon SageMaker", and encryption at rest. */
export type Topic =
  | "notebook"
  | "internet-free"
  | "container-scan"
  | "vpc-endpoint"
  | "processing-vpc"
  | "training-vpc"
  | "hosting-vpc"
  | "transform-vpc"
  | "encryption-at-rest";

/** What the caller's network looks like. An absent list allows anything. */
export interface Network {
  readonly vpcId?: string | undefined;
  /** The subnets that a request may name. */
  readonly subnets?: readonly string[] | undefined;
  /** The security groups that a request may name. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** Ids of the interface endpoints (`vpce-…`) that requests may go through. */
  readonly vpcEndpoints?: readonly string[] | undefined;
}

/** What a predicate sees besides the value. */
export interface Context {
  readonly action: string;
  readonly input: unknown;
  /** The values that play a part in the same workload, such as every `instanceCount`; absent ones are left out. */
  readonly read: (part: WorkloadPart) => readonly unknown[];
  /** What the value stands in: 1 is the object or list that holds it, 2 what holds that. */
  readonly up: (levels: number) => unknown;
  readonly facts: Facts;
  readonly network: Network;
}

/** A condition on the request that IAM can hold too. */
export interface HeldCondition {
  readonly operator: "Bool" | "StringEquals" | "ForAllValues:StringEquals" | "Null";
  /** A condition key of IAM, such as `sagemaker:VpcSubnets`. */
  readonly key: string;
  readonly values: readonly string[];
  /** A request without the key passes. */
  readonly ifPresent?: boolean;
  /** The condition is asked only of requests of which this holds. */
  readonly when?: PolicyCondition;
}

/** How a rule is written as policy, or why it cannot be. */
export type RulePolicy =
  | {
      /** All must hold; none when the network option leaves nothing to hold. */
      readonly conditions: (network: Network, action: string) => readonly HeldCondition[];
      /** What a guard without that option still holds, and its policy does not. */
      readonly without?: string;
      /** What the policy refuses beyond the rule, because the keys see less than the guard. */
      readonly stricter?: string;
      /** What the policy lets pass although the rule refuses it, for the same reason. */
      readonly looser?: string;
    }
  | { readonly unheld: string };

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
   * The values to judge: a part of the workload table (`vpc`), such a part and a path below it (`vpc/Subnets`), or a pointer
   * into the input (`/RootAccess`). `*` is each element; `?` after a name: only where that name is present.
   */
  readonly pointer: string | readonly string[];
  /** Whether a value keeps the rule. Called for each value that `pointer` leads to, with `undefined` when it is absent. */
  readonly holds: (value: unknown, context: Context) => boolean;
  /** Facts that `review` gathers before this rule is asked. */
  readonly needs?: readonly ("models" | "subnets" | "images")[];
  /** What is wrong. */
  readonly message: string;
  /** What is wrong with this very value; stands after `message`. */
  readonly detail?: (value: unknown, context: Context) => string | undefined;
  readonly fix: string;
  /** The AWS page first, then the ids other tools know it by. */
  readonly references: readonly string[];
  readonly policy: RulePolicy;
}
