import { openBidirectional } from "#platform/open-bidirectional";
import type { BidirectionalStream } from "./bidirectional-stream.ts";
import type { Client } from "../core/client.ts";
import { withDeadline } from "../core/deadline.ts";
import { checkEndpointName } from "./endpoint-name.ts";
import { SageMakerError } from "../core/error.ts";
import { checkCall } from "./header-rule.ts";
import { invokeBidirectionalRules, type InvokeBidirectionalOptions } from "./invoke-bidirectional-options.ts";

/** Opens a stream in both directions. */
export type InvokeBidirectional = (
  endpointName: string,
  options?: InvokeBidirectionalOptions,
) => Promise<BidirectionalStream>;

/** Makes `invokeBidirectional`. */
export function createInvokeBidirectional(client: Client): InvokeBidirectional {
  const { clock, guard, platform, signer } = client;

  return async function invokeBidirectional(endpointName, options) {
    client.open();
    checkEndpointName(endpointName);
    const service = client.service("sagemaker-runtime-http2");
    const { given, headers } = checkCall(options, invokeBidirectionalRules);
    const { signal, timeoutMs } = given;

    async function open(opening: AbortSignal | undefined): Promise<BidirectionalStream> {
      const { privateAddresses } = platform;
      await guard?.enforce(
        "InvokeEndpointWithBidirectionalStream",
        { EndpointName: endpointName },
        { host: service.hostname, privateAddresses, signal: opening },
      );
      if (openBidirectional === undefined || platform.connectHttp2 === undefined) {
        throw new SageMakerError(
          "RUNTIME_UNSUPPORTED",
          "a stream in both directions needs HTTP/2, which fetch cannot use that way: use Node.js, without the fetch option",
        );
      }
      return openBidirectional({ signer, service, endpointName, headers, signal }, platform.connectHttp2, opening);
    }

    try {
      if (timeoutMs === undefined) return await open(signal);
      return await withDeadline(timeoutMs, "call", clock, signal, open);
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  };
}
