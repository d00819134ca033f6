import type { AskOf } from "./ask.ts";
import type { InvokeBody } from "./body.ts";
import { type InvokeOptions, invokeStreamRules } from "./invoke-options.ts";
import { createResponseStream, type ResponseStream } from "../stream/response-stream.ts";
import { streamHead } from "../stream/stream-head.ts";

/** Invokes a model and streams its answer. */
export type InvokeStream = (endpointName: string, body: InvokeBody, options?: InvokeOptions) => ResponseStream;

/** Makes `invokeStream`. */
export function createInvokeStream(askOf: AskOf): InvokeStream {
  const ask = askOf("invocations-response-stream", invokeStreamRules, true);
  return function invokeStream(endpointName, body, options) {
    const { send, signal } = ask(endpointName, body, options);
    return createResponseStream(async () => {
      const answer = await send();
      return { head: streamHead(answer.header, "x-amzn-sagemaker-content-type"), body: answer.chunks() };
    }, signal);
  };
}
