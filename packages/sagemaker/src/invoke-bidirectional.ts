import type { BidirectionalStream } from "./bidirectional-stream.ts";
import type { Context } from "./context.ts";
import { createDeadline } from "./deadline.ts";
import { checkEndpointName } from "./endpoint-name.ts";
import { headersOf } from "./header-rule.ts";
import { invokeBidirectionalHeaders, type InvokeBidirectionalOptions } from "./invoke-bidirectional-options.ts";

/** Opens a stream in both directions. */
export type InvokeBidirectional = (
  endpointName: string,
  options?: InvokeBidirectionalOptions,
) => Promise<BidirectionalStream>;

/** Makes `invokeBidirectional`. */
export function createInvokeBidirectional(context: Context): InvokeBidirectional {
  return async function invokeBidirectional(endpointName, options = {}) {
    context.open();
    checkEndpointName(endpointName);
    const service = context.service("sagemaker-runtime-http2");
    const headers = headersOf(options, invokeBidirectionalHeaders);
    const { signal } = options;
    const deadline = createDeadline(context.clock, options.timeoutMs, signal);
    try {
      const input = { EndpointName: endpointName };
      if (context.guarded) {
        await context.review("InvokeEndpointWithBidirectionalStream", input, service, deadline.signal);
      }
      const { signer } = context;
      return await context.platform.openBidirectional(
        { signer, service, endpointName, headers, signal },
        deadline.signal,
      );
    } catch (error) {
      throw deadline.signal?.aborted === true ? deadline.signal.reason : error;
    } finally {
      deadline.clear();
    }
  };
}
