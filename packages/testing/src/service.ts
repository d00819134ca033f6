import type { Permission } from "./iam/authorise.ts";
import type { Protocol } from "./wire/protocol.ts";
import type { ReceivedHead, ReceivedRequest } from "./wire/received-request.ts";
import type { Call } from "./world.ts";

/** The services of the local AWS, by the name they have in its options, calls and faults. */
export type ServiceName = (typeof serviceNames)[number];

export const serviceNames = [
  "sts",
  "sagemaker",
  "runtime",
  "runtime-http2",
  "featurestore-runtime",
  "metrics",
  "edge",
  "a2i",
  "sso",
  "rolesanywhere",
  "s3",
  "ecr",
  "ec2",
] as const;

/** The services that have a server of their own; the others are served behind the URL for all services only. */
export const serverNames: readonly ServiceName[] = ["sts", "sagemaker", "runtime", "runtime-http2", "ecr", "ec2"];

/** A request that has found its operation. */
export interface Operation {
  readonly name: string;
  /** The parsed input, for `calls()`. */
  readonly input: unknown;
  /** `none` for operations that AWS accepts unsigned. */
  readonly authentication: "signed" | "none";
  /** `accepted`: a SageMaker bearer token may replace the signature. */
  readonly bearer?: "accepted";
  /** What the caller's policies must allow; undefined: no check, or `run` checks. */
  permission?(call: Call): Permission | undefined;
  /** The output as its protocol takes it. */
  run(call: Call): unknown;
}

/** One AWS service: finds the operation of a request. */
export interface Service {
  readonly name: ServiceName;
  /** The service's name in a credential scope. */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** `streamed`: operations read the request's body while it arrives. */
  readonly body: "buffered" | "streamed";
  /** Called before each `route`: loads what the service needs. */
  load?(): Promise<void>;
  /** Forgets what requests have stored. */
  reset?(): void;
  /** The operation, if the head of the request names it. */
  operationOf(head: ReceivedHead): string | undefined;
  /** @throws {AwsError} when the request names no operation of this service. */
  route(request: ReceivedRequest): Operation;
}
