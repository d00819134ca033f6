import { type HeaderReader, requestIdOf } from "../core/service-error.ts";

/** The head of a streamed answer. */
export interface StreamHead {
  readonly contentType?: string | undefined;
  readonly invokedProductionVariant?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Reads the head. @param contentType the header with the content type of the model's answer; operations differ. */
export function streamHead(header: HeaderReader, contentType: string): StreamHead {
  return {
    contentType: header(contentType),
    invokedProductionVariant: header("x-amzn-invoked-production-variant"),
    customAttributes: header("x-amzn-sagemaker-custom-attributes"),
    requestId: requestIdOf(header),
  };
}
