import { encodeBody, type InvokeBody, maxInvokeBytes } from "./body.ts";
import type { Context } from "./context.ts";
import { SageMakerError } from "./error.ts";
import { headersOf } from "./header-rule.ts";
import { invokeHeaders, type InvokeOptions } from "./invoke-options.ts";
import type { PlatformAnswer } from "./platform-contract.ts";
import { requestIdOf } from "./service-error.ts";
import { createTemplates, type Templates } from "./service.ts";

/** A model's answer. */
export interface InvokeResult {
  readonly body: Uint8Array;
  /** The body as UTF-8 text. */
  text(): string;
  /** The body as JSON. @throws SageMakerError `INVALID_JSON`. */
  json(): unknown;
  /** Empty when the model did not say. */
  readonly contentType: string;
  readonly invokedProductionVariant: string | undefined;
  readonly customAttributes: string | undefined;
  /** The id of a session that this answer opened, and until when it lives. */
  readonly newSessionId: string | undefined;
  readonly closedSessionId: string | undefined;
  /** AWS's request id. Empty when something on the way removed it. */
  readonly requestId: string;
}

/** Asks a model. */
export type Invoke = (endpointName: string, body: InvokeBody, options?: InvokeOptions) => Promise<InvokeResult>;

/** Makes `invoke`. */
export function createInvoke(context: Context): Invoke {
  const { exchange } = context;
  const service = context.service("sagemaker-runtime");
  let templates: Templates | undefined;

  return async function invoke(endpointName, body, options) {
    context.open();
    const { data, contentType } = encodeBody(body, maxInvokeBytes);
    templates ??= createTemplates(context.signer, service, "invocations");
    const prepared = templates(endpointName, options?.contentType ?? contentType);
    const headers = options === undefined ? undefined : headersOf(options, invokeHeaders);
    if (context.guarded) {
      await context.review("InvokeEndpoint", { EndpointName: endpointName }, service, options?.signal);
    }
    return new InvokeAnswer(
      await exchange({ service, prepared, body: data, headers, repeat: "answered", streamed: false, options }),
    );
  };
}

const decoder = new TextDecoder();

class InvokeAnswer implements InvokeResult {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly invokedProductionVariant: string | undefined;
  readonly customAttributes: string | undefined;
  readonly newSessionId: string | undefined;
  readonly closedSessionId: string | undefined;
  readonly requestId: string;

  constructor({ bytes, header }: PlatformAnswer) {
    this.body = bytes;
    this.contentType = header("content-type") ?? "";
    this.invokedProductionVariant = header("x-amzn-invoked-production-variant");
    this.customAttributes = header("x-amzn-sagemaker-custom-attributes");
    this.newSessionId = header("x-amzn-sagemaker-new-session-id");
    this.closedSessionId = header("x-amzn-sagemaker-closed-session-id");
    this.requestId = requestIdOf(header) ?? "";
  }

  text(): string {
    return decoder.decode(this.body);
  }

  json(): unknown {
    try {
      return JSON.parse(this.text());
    } catch {
      // Without its cause: JSON.parse quotes the text, and what a model answered belongs in no log.
      const { contentType, requestId } = this;
      throw new SageMakerError("INVALID_JSON", `The answer (${contentType || "of no content type"}) is not JSON.`, {
        requestId,
      });
    }
  }
}
