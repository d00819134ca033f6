/**
 * The same names as the main entry in a smaller file, with the options that pages use. It is assembled from the parts of
 * `@countersign/fetch/parts`.
 *
 * @module
 */
export { vendedCredentials, type VendedCredentialsOptions } from "@countersign/fetch/parts";
export { SageMakerError, type Invoker } from "@countersign/sagemaker/parts";
export { createInvoker, type InvokerOptions, type InvokerOptions as SageMakerOptions } from "./create-invoker.ts";
export { createSignedFetch, type SignedFetchOptions } from "./create-signed-fetch.ts";
