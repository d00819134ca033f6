import { CountersignError } from "@countersign/signer";

/** Why the local AWS refuses a configuration or a call of its own API. Over the wire it answers with AWS's codes. */
export type TestingErrorCode =
  | "INVALID_OPTION"
  | "INVALID_POLICY"
  | "UNKNOWN_PRINCIPAL"
  | "UNKNOWN_RESOURCE"
  | "CLOSED";

/** Thrown by `@countersign/testing` when an option or a policy is wrong, a role was removed, or the AWS is closed. */
export class TestingError extends CountersignError<TestingErrorCode> {
  static override readonly name: string = "TestingError";
}

/** Refuses an option: the `refuse` of every `checkOptions` in this package. */
export function refuseOption(message: string): never {
  throw new TestingError("INVALID_OPTION", message);
}
