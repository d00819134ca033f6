export { createSageMaker, type SageMaker } from "./core/sagemaker.ts";
export { createInvoker, type Invoker } from "./runtime/invoker.ts";
export type { SageMakerOptions } from "./core/options.ts";
export {
  SageMakerError,
  type SageMakerErrorCode,
  type SageMakerErrorDetails,
  type SageMakerLocalCode,
  type SageMakerServiceCode,
  type StreamProgress,
} from "./core/error.ts";
export type { BearerToken, BearerTokenOptions } from "./runtime/bearer-token.ts";
export type { BidirectionalStream, SendOptions } from "./runtime/bidirectional-stream.ts";
export type { InvokeBody } from "./runtime/body.ts";
export type { Call } from "./control-plane/call.ts";
export type { InvokeAsync, InvokeAsyncCall, InvokeAsyncResult } from "./runtime/invoke-async.ts";
export type { AsyncOutput, AwaitOutput, ResultOptions } from "./runtime/async-result.ts";
export type { CallOptions } from "./core/call-options.ts";
export type { InvokeAsyncOptions } from "./runtime/invoke-async-options.ts";
export type { InvokeBidirectionalOptions } from "./runtime/invoke-bidirectional-options.ts";
export type { InvokeOptions } from "./runtime/invoke-options.ts";
export type { InvokeResult } from "./runtime/invoke.ts";
export type { OperationInput, OperationName, OperationOutput } from "./control-plane/operation.ts";
export type { PayloadPart, ResponseStream, ResponseStreamEvent } from "./stream/response-stream.ts";
export type { StreamHead } from "./stream/stream-head.ts";
export type { SageMakerEndpoint, ServiceKind } from "./core/service.ts";
export { paginate } from "./control-plane/paginate.ts";
export type { SseEvent } from "./stream/sse.ts";
export { waitFor, type WaitableState, type WaitOptions } from "./control-plane/wait-for.ts";
