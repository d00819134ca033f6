import { GuardError } from "../error.ts";
import type { EmittedPolicy, PolicyGap, PolicyStatement } from "./document.ts";

/**
 * Makes the document, with its gaps and its length in properties that JSON leaves out.
 *
 * @throws GuardError `POLICY_TOO_LARGE` when the minified JSON is longer than AWS takes.
 */
export function emitPolicy(
  kind: string,
  limit: number,
  statements: readonly PolicyStatement[],
  gaps: readonly PolicyGap[],
  advice: string,
): EmittedPolicy {
  const document = { Version: "2012-10-17", Statement: statements } as const;
  const { length } = JSON.stringify(document);
  if (length > limit)
    throw new GuardError(
      "POLICY_TOO_LARGE",
      `${kind}: must have at most ${limit} characters, and has ${length}. ${advice}`,
    );
  return Object.defineProperties({ ...document } as EmittedPolicy, {
    gaps: { value: gaps },
    length: { value: length },
    limit: { value: limit },
  });
}
