import type { EndpointKind } from "@countersign/signer/endpoints";
import type { RequestBody } from "../receive/arriving-body.ts";
import { malformed, type Protocol } from "../refusal.ts";

/** The operation of AWS that a request calls. */
export interface ServiceCall {
  /** The host of AWS that it goes to. */
  readonly endpoint: EndpointKind;
  readonly protocol: Protocol;
  /** As IAM names it: `sagemaker:InvokeEndpoint`. */
  readonly actions: readonly string[];
  /** The part of the resource's ARN after the account, such as `endpoint/churn`; `undefined` where the body names it. */
  readonly resource?: string | undefined;
  /** Resources that the request acts on besides it: each must be allowed too. */
  readonly further?: readonly string[] | undefined;
  /** Whether the action is in the body, so that the whole body must be read first: `actions` is empty until then. */
  readonly readBody?: ((body: Uint8Array) => readonly string[]) | undefined;
}

/** The actions of a call, from its body where that names them. @throws Refusal. */
export function actionsOf({ actions, readBody }: ServiceCall, body: RequestBody): readonly string[] {
  if (readBody === undefined) return actions;
  if (body instanceof Uint8Array) return readBody(body);
  throw malformed("The body of this request must be signed by its hash.");
}
