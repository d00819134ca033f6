/**
 * All that a page needs to call SageMaker with credentials its own team vends, with every option: an entry file, no logic.
 *
 * @module
 */
export { createSignedFetch, type SignedFetchOptions } from "@countersign/fetch";
export { vendedCredentials, type VendedCredentialsOptions } from "@countersign/fetch/vended";
export { createInvoker, SageMakerError, type Invoker, type SageMakerOptions } from "@countersign/sagemaker";
