import { encodeBody, type InvokeBody, maxInvokeBytes } from "./body.ts";
import type { Context } from "./context.ts";
import { headersOf } from "./header-rule.ts";
import { type InvokeOptions, invokeStreamHeaders } from "./invoke-options.ts";
import { createResponseStream, type OpenedStream, type ResponseStream } from "./response-stream.ts";
import { requestIdOf } from "./service-error.ts";
import { createTemplates, type Templates } from "./service.ts";

/** Asks a model for a streamed answer. */
export type InvokeStream = (endpointName: string, body: InvokeBody, options?: InvokeOptions) => ResponseStream;

/** Makes `invokeStream`. */
export function createInvokeStream(context: Context): InvokeStream {
  let templates: Templates | undefined;

  return function invokeStream(endpointName, body, options) {
    context.open();
    const service = context.service("sagemaker-runtime");
    const { data, contentType } = encodeBody(body, maxInvokeBytes);
    templates ??= createTemplates(context.signer, service, "invocations-response-stream");
    const prepared = templates(endpointName, options?.contentType ?? contentType);
    const headers = options === undefined ? undefined : headersOf(options, invokeStreamHeaders);

    async function open(): Promise<OpenedStream> {
      context.open();
      if (context.guarded) {
        const input = { EndpointName: endpointName };
        await context.review("InvokeEndpointWithResponseStream", input, service, options?.signal);
      }
      const answer = await context.exchange({
        service,
        prepared,
        body: data,
        headers,
        repeat: "answered",
        streamed: true,
        options,
      });
      const { header } = answer;
      return {
        head: {
          contentType: header("x-amzn-sagemaker-content-type"),
          invokedProductionVariant: header("x-amzn-invoked-production-variant"),
          customAttributes: header("x-amzn-sagemaker-custom-attributes"),
          requestId: requestIdOf(header),
        },
        body: answer.chunks(),
      };
    }

    return createResponseStream(open, options?.signal);
  };
}
