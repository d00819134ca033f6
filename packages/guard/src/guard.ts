import type { Middleware } from "@countersign/fetch";
import type { Clock, EventListener } from "@countersign/signer";
import type { Exception } from "./exception.ts";
import type { FactSource, Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { ImageGate } from "./images/verdict.ts";
import type { EmittedPolicy } from "./policy/document.ts";
import type { EndpointPolicyOptions } from "./policy/endpoint-policy.ts";
import type { GuardrailOptions } from "./policy/guardrail.ts";
import type { SessionPolicyOptions } from "./policy/session-policy.ts";
import type { Posture } from "./posture.ts";
import type { Call, CallRequest } from "./call/read-call.ts";
import type { Network, PostureName } from "./rules/rule.ts";

/** What a guard is made of. */
export interface GuardOptions {
  /** `baseline`: nothing faces the internet. `private`: everything runs in the VPC. `locked`: and under one's own keys. */
  readonly posture: PostureName | Posture;
  /** `enforce`: a finding stops the request. `report`: it is an event and the request passes. Default: `enforce`. */
  readonly mode?: "enforce" | "report" | undefined;
  /** What requests may name. Default: anything. */
  readonly network?: Network | undefined;
  /** Judges the images that requests name. Default: images are not judged. */
  readonly images?: ImageGate | undefined;
  /** Where `review` looks up models and subnets. Default: it knows only the models it was told about. */
  readonly facts?: FactSource | undefined;
  readonly exceptions?: readonly Exception[] | undefined;
  /** Dates exceptions and events. Default: the machine's clock. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** Receives `guard.finding`. */
  readonly onEvent?: EventListener | undefined;
}

/** How a request is going to be sent. */
export interface ReviewOptions {
  /** The host it goes to. Absent: not bound to one yet, and the rules about the host do not speak. */
  readonly host?: string | undefined;
  /** The connection is held to private addresses: a transport with `addresses: "private"` is. */
  readonly privateAddresses?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Holds requests to a posture before they are signed, and says the same posture as policy. */
export interface Guard {
  readonly mode: "enforce" | "report";
  readonly posture: Posture;
  /** Judges a request by the facts given: pure, no event, no look-up. */
  check(action: string, input: unknown, facts?: Facts): Finding[];
  /** Gathers the facts that the request needs, then checks, and reports each finding as an event. Does not throw findings. */
  review(action: string, input: unknown, options?: ReviewOptions): Promise<Finding[]>;
  /**
   * Reviews, and in `enforce` mode rejects with a `GuardError` that carries the findings. To be called with exactly what
   * will be sent, before it is signed.
   */
  enforce(action: string, input: unknown, options?: ReviewOptions): Promise<void>;
  /**
   * Reads an HTTP request as a call and enforces it; a request that is none of SageMaker's passes. What cannot be read the
   * way the service reads it breaks every posture.
   */
  enforceRequest(request: CallRequest, options?: Omit<ReviewOptions, "host">): Promise<Call | undefined>;
  /** Tells that a call succeeded: a model it created is known to the transform jobs that follow. */
  remember(action: string, input: unknown): void;
  /** For `createSignedFetch`: outermost, so that a refused request is never signed. */
  readonly middleware: Middleware;
  /**
   * An identity policy that refuses what breaks the posture and grants nothing: attach it beside what grants.
   *
   * @throws GuardError `POLICY_TOO_LARGE` beyond 6,144 characters; emit it by topics then.
   */
  toIamPolicy(options?: GuardrailOptions): EmittedPolicy;
  /**
   * A service control policy of the same, which grants nothing either.
   *
   * @throws GuardError `POLICY_TOO_LARGE` beyond 5,120 characters; emit it by topics then.
   */
  toScp(options?: GuardrailOptions): EmittedPolicy;
  /**
   * A session policy for `AssumeRole`: the actions given, within the posture.
   *
   * @throws GuardError `INVALID_OPTION` for lists that are empty or not of IAM's form, `POLICY_TOO_LARGE` beyond 2,048
   * characters.
   */
  toSessionPolicy(options: SessionPolicyOptions): EmittedPolicy;
  /** The policy of a VPC endpoint: the control plane's holds the posture, that of S3 keeps package repositories out. */
  toEndpointPolicy(options?: EndpointPolicyOptions): EmittedPolicy;
}
