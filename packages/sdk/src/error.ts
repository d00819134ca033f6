import { CountersignError } from "@countersign/signer";

/** What this package refuses, by code. */
export type SdkErrorCode = "INVALID_OPTION";

/** Thrown by `@countersign/sdk` for options that cannot work. */
export class SdkError extends CountersignError<SdkErrorCode> {
  static override readonly name: string = "SdkError";
}
