import type { CallOptions } from "../core/call-options.ts";
import { type CallRules, callRules, textHeader } from "./header-rule.ts";
import { targetVariant } from "./invoke-options.ts";

/** Options of `invokeBidirectional`. */
export interface InvokeBidirectionalOptions extends CallOptions {
  /** The production variant that answers. Default: one drawn by weight. */
  readonly targetVariant?: string | undefined;
  /** The path of the container's route, such as `v1/listen`. */
  readonly modelInvocationPath?: string | undefined;
  /** The query string of the container's route, without `?`. */
  readonly modelQueryString?: string | undefined;
}

/**
 * InvokeEndpointWithBidirectionalStream.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
 */
export const invokeBidirectionalRules: CallRules<InvokeBidirectionalOptions> = callRules({
  targetVariant,
  modelInvocationPath: textHeader(1024),
  modelQueryString: textHeader(1024),
});
