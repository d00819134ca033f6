export { createSageMaker, type SageMaker } from "./sagemaker.ts";
export { createInvoker, type Invoker } from "./invoker.ts";
export type { SageMakerOptions } from "./options.ts";
export {
  SageMakerError,
  type SageMakerErrorCode,
  type SageMakerErrorDetails,
  type SageMakerLocalCode,
  type SageMakerServiceCode,
  type StreamProgress,
} from "./error.ts";
export type { BearerToken, BearerTokenOptions } from "./bearer-token.ts";
export type { BidirectionalStream, SendOptions } from "./bidirectional-stream.ts";
export type { InvokeBody } from "./body.ts";
export type { Call } from "./call.ts";
export type { InvokeAsyncResult } from "./invoke-async.ts";
export type { CallOptions } from "./call-options.ts";
export type { InvokeAsyncOptions } from "./invoke-async-options.ts";
export type { InvokeBidirectionalOptions } from "./invoke-bidirectional-options.ts";
export type { InvokeOptions } from "./invoke-options.ts";
export type { InvokeResult } from "./invoke.ts";
export type { OperationInput, OperationName, OperationOutput } from "./operation.ts";
export type { PayloadPart, ResponseStream, ResponseStreamEvent } from "./response-stream.ts";
export type { StreamHead } from "./stream-head.ts";
export type { SageMakerEndpoint, ServiceKind } from "./service.ts";
export { paginate } from "./paginate.ts";
export type { SseEvent } from "./sse.ts";
export { waitFor, type WaitableState, type WaitOptions } from "./wait-for.ts";
