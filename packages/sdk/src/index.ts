export { countersigned, type Countersigned, type CountersignedOptions } from "./countersigned.ts";
export type { RequestGuard, SignerConstructor, SignerInit } from "./countersigner.ts";
export { type CorrectableClient, type Invalidatable, invalidateOnAuthError } from "./invalidate-on-auth-error.ts";
export { SdkError, type SdkErrorCode } from "./error.ts";
