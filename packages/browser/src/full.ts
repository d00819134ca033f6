/**
 * The same names with every option of their packages: an entry file, no logic.
 *
 * @module
 */
export { createSignedFetch, type SignedFetchOptions } from "@countersign/fetch";
export { vendedCredentials, type VendedCredentialsOptions } from "@countersign/fetch/vended";
export { createInvoker, SageMakerError, type Invoker, type SageMakerOptions } from "@countersign/sagemaker";
