import { type HeaderReader, requestIdOf } from "../core/service-error.ts";

/** What the head of a streamed answer says. */
export interface StreamHead {
  readonly contentType?: string | undefined;
  readonly invokedProductionVariant?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Reads the head; where the content type of what is streamed is differs between operations. */
export function streamHead(header: HeaderReader, contentType: string): StreamHead {
  return {
    contentType: header(contentType),
    invokedProductionVariant: header("x-amzn-invoked-production-variant"),
    customAttributes: header("x-amzn-sagemaker-custom-attributes"),
    requestId: requestIdOf(header),
  };
}
