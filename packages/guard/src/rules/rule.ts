import type { Facts } from "../facts.ts";
import type { Severity } from "../finding.ts";
import type { PolicyCondition } from "../policy/document.ts";
import type { WorkloadPart } from "../api/workload.ts";

/** The postures. Each has all rules of the one before. */
export type PostureName = "baseline" | "private" | "locked";

/** The topics of the AWS page "Infrastructure Security in Amazon SageMaker", and encryption at rest. */
export const TOPICS = [
  "notebook",
  "internet-free",
  "container-scan",
  "vpc-endpoint",
  "processing-vpc",
  "training-vpc",
  "hosting-vpc",
  "transform-vpc",
  "encryption-at-rest",
] as const;

/** One of the topics. */
export type Topic = (typeof TOPICS)[number];

/** The caller's network. A list that is left out allows any id. */
export interface Network {
  readonly vpcId?: string | undefined;
  /** The subnets that a request may name. */
  readonly subnets?: readonly string[] | undefined;
  /** The security groups that a request may name. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** Ids of the interface endpoints (`vpce-…`) that requests may go through. */
  readonly vpcEndpoints?: readonly string[] | undefined;
}

/** What a predicate gets besides the value. */
export interface Context {
  readonly action: string;
  readonly input: unknown;
  /** All values of a part of the same workload, such as every `instanceCount`; absent ones are left out. */
  readonly read: (part: WorkloadPart) => readonly unknown[];
  /** An object or list around the value: 1 is the nearest. */
  readonly up: (levels: number) => unknown;
  readonly facts: Facts;
  readonly network: Network;
}

/** A condition on the request that IAM can enforce. */
export interface HeldCondition {
  readonly operator: "Bool" | "StringEquals" | "ForAllValues:StringEquals" | "Null";
  /** A condition key of IAM, such as `sagemaker:VpcSubnets`. */
  readonly key: string;
  readonly values: readonly string[];
  /** A request without the key passes. */
  readonly ifPresent?: boolean;
  /** The condition applies only to requests for which this one is true. */
  readonly when?: PolicyCondition;
}

/** How a rule is written as policy, or why it cannot be. */
export type RulePolicy =
  | {
      /** The conditions, all of which must be true. Empty when the network option names nothing to compare with. */
      readonly conditions: (network: Network, action: string) => readonly HeldCondition[];
      /** Why the policy enforces nothing when `conditions` is empty. */
      readonly without?: string;
      /** What the policy refuses and the rule allows, because the keys show less than the request. */
      readonly stricter?: string;
      /** What the policy allows and the rule refuses, for the same reason. */
      readonly looser?: string;
    }
  | { readonly unheld: string };

/** One rule of a posture: data for the evaluator, the emitted policies and the documentation. */
export interface Rule {
  /** Kebab-case, unique. */
  readonly id: string;
  readonly topic: Topic;
  /** The first posture that has it. */
  readonly posture: PostureName;
  readonly severity: Severity;
  /** The operations it judges; `*` is every call. */
  readonly actions: readonly string[];
  /**
   * The values to judge: a part of the workload table (`vpc`), such a part and a path below it (`vpc/Subnets`), or a pointer
   * into the input (`/RootAccess`). `*` is each element; `?` after a name: only where that name is present.
   */
  readonly pointer: string | readonly string[];
  /** Whether a value keeps the rule. Called for each value that `pointer` leads to; an absent value is `undefined`. */
  readonly holds: (value: unknown, context: Context) => boolean;
  /** The facts that `review` looks up for this rule. */
  readonly needs?: readonly ("models" | "subnets" | "images")[];
  /** Whether the rule can refuse anything at all, given the options. Left out: always. */
  readonly applies?: (context: Pick<Context, "facts" | "network">) => boolean;
  /**
   * An absent value cannot break the rule, such as a key that would conflict with an instance type. Left out: where a member
   * that the API demands is absent on the way to the value, the request cannot be judged (`incomplete-input`).
   */
  readonly judgesGivenOnly?: boolean;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What is wrong with this value; it follows `message`. */
  readonly detail?: (value: unknown, context: Context) => string | undefined;
  readonly fix: string;
  /** What to do about this value, where more is known than `fix` says. */
  readonly advice?: (value: unknown, context: Context) => string | undefined;
  /** The AWS page first, then the ids of the same control in other tools. */
  readonly references: readonly string[];
  readonly policy: RulePolicy;
}
