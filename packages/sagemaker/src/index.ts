export {
  SageMakerError,
  type SageMakerErrorCode,
  type SageMakerErrorDetails,
  type SageMakerLocalCode,
  type SageMakerServiceCode,
  type StreamProgress,
} from "./error.ts";
export type { SseEvent } from "./sse.ts";
export type { PayloadPart, ResponseStream, ResponseStreamEvent, StreamHead } from "./response-stream.ts";
