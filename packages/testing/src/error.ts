import { CountersignError } from "@countersign/signer";

/** Everything the local AWS refuses to be configured with, by code. What it answers over the wire is AWS's own. */
export type TestingErrorCode = "INVALID_OPTION" | "INVALID_POLICY" | "UNKNOWN_PRINCIPAL" | "CLOSED";

/** Thrown by `@countersign/testing` when the local AWS is asked for something it cannot do. */
export class TestingError extends CountersignError<TestingErrorCode> {
  static override readonly name: string = "TestingError";
}
