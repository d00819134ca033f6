import { CountersignError } from "@countersign/signer";
import type { RefuseOption } from "@countersign/signer/options";
import type { Finding } from "./finding.ts";

/** Every code of `GuardError`. */
export type GuardErrorCode = "INVALID_OPTION" | "POLICY_TOO_LARGE" | "POSTURE_BROKEN" | "TEMPLATE_UNREADABLE";

/**
 * Thrown when a request breaks the posture (`POSTURE_BROKEN`: the request was neither signed nor sent), when an option or an
 * argument is unusable (`INVALID_OPTION`), or when a policy is longer than AWS takes (`POLICY_TOO_LARGE`).
 */
export class GuardError extends CountersignError<GuardErrorCode> {
  static override readonly name: string = "GuardError";
  /** What the request breaks. Empty for every code but `POSTURE_BROKEN`. */
  declare readonly findings: readonly Finding[];

  constructor(
    code: GuardErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly findings?: readonly Finding[] } = {},
  ) {
    super(code, message, options);
    // Not enumerable: the message names the findings, and a printed error stays a page long. A descriptor that inherits
    // would read a polluted `Object.prototype`.
    const { findings } = Object(options) as typeof options;
    Object.defineProperty(this, "findings", { __proto__: null, value: findings ?? [] } as object);
  }
}

/** Refuses an option of a factory or a call. */
export const refuseOption: RefuseOption = (message) => {
  throw new GuardError("INVALID_OPTION", message);
};
