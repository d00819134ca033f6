import type { Permission } from "./iam/authorise.ts";
import type { Protocol } from "./wire/protocol.ts";
import type { ReceivedHead, ReceivedRequest } from "./wire/received-request.ts";
import type { Call } from "./world.ts";

/** The services of the local AWS, by the name they have in its options, calls and faults. */
export type ServiceName = (typeof serviceNames)[number];

export const serviceNames = ["sts", "sagemaker", "runtime", "runtime-http2", "ecr", "ec2"] as const;

/** A request that has found its operation. */
export interface Operation {
  readonly name: string;
  /** What was asked, for `calls()`: parsed as far as the protocol goes. */
  readonly input: unknown;
  /** `none` for the operations that AWS takes unsigned. */
  readonly authentication: "signed" | "none";
  /** `accepted`: a bearer token of SageMaker does for a signature. Default: it does not. */
  readonly bearer?: "accepted";
  /** What the caller's policies must allow; undefined: nothing, or the operation asks by itself. */
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
  /** The operation, where the head of a request tells already. */
  operationOf(head: ReceivedHead): string | undefined;
  /** @throws {AwsError} when the request names no operation of this service. */
  route(request: ReceivedRequest): Operation;
}
