import { words } from "@countersign/signer";
import { contract } from "@countersign/signer/options";
import type { CallOptions } from "../core/call-options.ts";
import { refuseOption } from "../core/refuse-option.ts";
import type { SageMaker } from "../core/sagemaker.ts";

/** `call` for operations whose names are only known at run time. */
export type UntypedCall = (operation: string, input: object, options?: CallOptions) => Promise<Record<string, unknown>>;

const client = contract(words && "a client from createSageMaker()", "call");

/** The `call` of a client. @throws SageMakerError `INVALID_OPTION` for anything but a client. */
export function callOf(sagemaker: Pick<SageMaker, "call">): UntypedCall {
  return (client(sagemaker, "sagemaker", refuseOption) as { readonly call: UntypedCall }).call;
}
