export { SageMakerError } from "./core/error.ts";
export type { Invoker } from "./runtime/invoker.ts";
export { type FetchInvokerParts, invokerOverFetch } from "./runtime/invoker-over-fetch.ts";
