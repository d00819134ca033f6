import type { Middleware } from "@countersign/fetch";
import type { Clock, EventListener } from "@countersign/signer";
import type { Assessment } from "./evaluate/assess.ts";
import type { Exception } from "./exception.ts";
import type { FactSource, Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { ImageGate } from "./images/verdict.ts";
import type { EmittedPolicy } from "./policy/document.ts";
import type { EndpointPolicyOptions } from "./policy/endpoint-policy.ts";
import type { GuardrailOptions } from "./policy/guardrail.ts";
import type { RcpOptions } from "./policy/resource-control-policy.ts";
import type { SessionPolicyOptions } from "./policy/session-policy.ts";
import type { Posture } from "./posture.ts";
import type { Call, CallRequest } from "./call/read-call.ts";
import type { Network, PostureName } from "./rules/rule.ts";

/** Options of `createGuard`. */
export interface GuardOptions {
  /** `baseline`: nothing faces the internet. `private`: everything runs in the VPC. `locked`: and what is stored is encrypted under your own keys. */
  readonly posture: PostureName | Posture;
  /** `enforce`: a finding stops the request. `report`: a finding is an event, and the request passes. Default: `enforce`. */
  readonly mode?: "enforce" | "report" | undefined;
  /** The VPC, subnets, security groups and endpoints that requests may name. Default: any. */
  readonly network?: Network | undefined;
  /** Judges the images that requests name. Default: images are not judged. */
  readonly images?: ImageGate | undefined;
  /** Where `review` looks up models and subnets. Default: `review` knows only the models that it saw created. */
  readonly facts?: FactSource | undefined;
  /** Requests that may break a rule until a date. Default: none. */
  readonly exceptions?: readonly Exception[] | undefined;
  /** Decides when exceptions expire, and dates events. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Receives `guard.finding`. */
  readonly onEvent?: EventListener | undefined;
}

/** How a request will be sent. */
export interface ReviewOptions {
  /** The host of the request. Absent: the host is not known yet, and the rules about the host are skipped. */
  readonly host?: string | undefined;
  /** The connection reaches private addresses only, as with a transport that has `addresses: "private"`. Default: false. */
  readonly privateAddresses?: boolean | undefined;
  /** Ends the look-ups when it aborts: their facts stay unknown. Default: no signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Judges requests by a posture before they are signed, and writes the same posture as policy. */
export interface Guard {
  readonly mode: "enforce" | "report";
  readonly posture: Posture;
  /**
   * Judges a request by the facts given: no event, no look-up. An operation, a member or a value that the API does not know is
   * a finding, because no rule can judge it; so is a step of a pipeline that runs outside SageMaker.
   *
   * @throws GuardError `INVALID_OPTION` for an action that is not text, and for unknown facts.
   */
  check(action: string, input: unknown, facts?: Facts): Finding[];
  /**
   * Judges an input in which values may be unknown, as `@countersign/guard/iac` reads it from a template. Without unknown values
   * it is `check`, except that steps of a pipeline which run outside SageMaker are unjudged: `check` makes them findings.
   */
  assess(action: string, input: unknown, facts?: Facts): Assessment;
  /** Looks up the facts that the request needs, then checks, and emits each finding as an event. Findings do not reject. */
  review(action: string, input: unknown, options?: ReviewOptions): Promise<Finding[]>;
  /**
   * Reviews, and in `enforce` mode rejects with a `GuardError` that carries the findings. Call it before signing, with exactly
   * what will be sent.
   */
  enforce(action: string, input: unknown, options?: ReviewOptions): Promise<void>;
  /**
   * Reads an HTTP request as a call of SageMaker and enforces it. A request to another service passes. A request that cannot
   * be read the way the service reads it breaks every posture.
   */
  enforceRequest(request: CallRequest, options?: Omit<ReviewOptions, "host">): Promise<Call | undefined>;
  /** Records a call that succeeded: later transform jobs then know the model that it created. */
  remember(action: string, input: unknown): void;
  /** For `createSignedFetch`. Make it the outermost middleware: then a refused request is never signed. */
  readonly middleware: Middleware;
  /**
   * An identity policy that denies what breaks the posture and grants nothing. Attach it beside the policies that grant.
   *
   * @throws GuardError `INVALID_OPTION` where it would deny nothing, `POLICY_TOO_LARGE` beyond 6,144 characters; `toIamPolicies`
   * splits it then.
   */
  toIamPolicy(options?: GuardrailOptions): EmittedPolicy;
  /** The same in as many policies as the quota needs. Each is complete; attach all of them. */
  toIamPolicies(options?: GuardrailOptions): readonly EmittedPolicy[];
  /**
   * The same as a service control policy, which grants nothing either.
   *
   * @throws GuardError `INVALID_OPTION` where it would deny nothing, `POLICY_TOO_LARGE` beyond 10,240 characters; `toScps` splits
   * it then.
   */
  toScp(options?: GuardrailOptions): EmittedPolicy;
  /** The same in as many policies as the quota needs. Each is complete; attach all of them. */
  toScps(options?: GuardrailOptions): readonly EmittedPolicy[];
  /**
   * The part of the posture that a resource control policy can hold. Such policies do not know SageMaker, and they know the
   * services that its jobs use: S3, KMS, Secrets Manager, SQS, and roles of STS. Their resources are then used from the network
   * of the guard (`network.vpcEndpoints` or `network.vpcId`, from `private` on) and by the organization. Attach `toScps()` too.
   *
   * @throws GuardError `INVALID_OPTION` without a network and an organization to compare with, `POLICY_TOO_LARGE` beyond 5,120
   * characters; `toRcps` splits it then.
   */
  toRcp(options?: RcpOptions): EmittedPolicy;
  /** The same in as many policies as the quota needs. Each is complete; attach all of them. */
  toRcps(options?: RcpOptions): readonly EmittedPolicy[];
  /**
   * A session policy for `AssumeRole`: it allows the actions given, within the posture.
   *
   * @throws GuardError `INVALID_OPTION` for empty lists and entries that IAM would not accept, `POLICY_TOO_LARGE` beyond 2,048
   * characters.
   */
  toSessionPolicy(options: SessionPolicyOptions): EmittedPolicy;
  /** The policy of a VPC endpoint. For the control plane it enforces the posture; for S3 it blocks package repositories. */
  toEndpointPolicy(options?: EndpointPolicyOptions): EmittedPolicy;
}
