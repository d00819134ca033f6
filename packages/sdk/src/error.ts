import { CountersignError } from "@countersign/signer";
import type { RefuseOption } from "@countersign/signer/options";

/** The codes of `SdkError`. */
export type SdkErrorCode = "INVALID_OPTION" | "INVALID_REQUEST";

/** Thrown by `@countersign/sdk`. */
export class SdkError extends CountersignError<SdkErrorCode> {
  static override readonly name: string = "SdkError";
}

/** Refuses an option of this package. */
export const refuseOption: RefuseOption = (message) => {
  throw new SdkError("INVALID_OPTION", message);
};

/** Refuses a request. */
export function refuse(message: string): never {
  throw new SdkError("INVALID_REQUEST", message);
}
