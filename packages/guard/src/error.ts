import { CountersignError } from "@countersign/signer";
import type { Finding } from "./finding.ts";

/** Everything the guard refuses, by code. */
export type GuardErrorCode = "INVALID_OPTION" | "POLICY_TOO_LARGE" | "POSTURE_BROKEN";

/**
 * Thrown when a request breaks the posture (`POSTURE_BROKEN`; it was neither signed nor sent), when an option is not
 * usable, or when a policy does not fit where it belongs.
 */
export class GuardError extends CountersignError<GuardErrorCode> {
  static override readonly name: string = "GuardError";
  /** What the request broke; empty but for `POSTURE_BROKEN`. */
  readonly findings: readonly Finding[];

  constructor(
    code: GuardErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly findings?: readonly Finding[] } = {},
  ) {
    super(code, message, options);
    this.findings = options.findings ?? [];
  }
}
