import { GuardError } from "./error.ts";
import type { Finding } from "./finding.ts";
import type { Posture } from "./posture.ts";
import { instantOf } from "./instant.ts";
import { resourceOf } from "./api/resource.ts";

/** Lets requests about named resources break one rule until a date. */
export interface Exception {
  /** Id of the rule. */
  readonly rule: string;
  /**
   * Glob (`*` and `?`) over `type/name`, such as `training-job/nightly-*`; without a `/` it is compared with the name alone.
   * Of an ARN only the resource part is compared: a request names neither account nor region.
   */
  readonly resource: string;
  /** From this instant on the exception fails. RFC 3339; a bare date is its first moment in UTC. */
  readonly until: string | Date;
  /** Why; for who reviews the configuration. */
  readonly reason: string;
}

/** Takes away the findings that an exception covers, and says of the others when theirs expired. */
export type Except = (findings: Finding[], input: unknown, now: number) => Finding[];

/**
 * @throws GuardError `INVALID_OPTION` when an exception names a rule the posture does not have, or has no resource, date
 * or reason.
 */
export function createExceptions(exceptions: readonly Exception[], posture: Posture): Except {
  if (!Array.isArray(exceptions) || exceptions.some((exception) => typeof exception !== "object" || exception === null))
    throw new GuardError("INVALID_OPTION", "exceptions must be a list of { rule, resource, until, reason }.");
  const checked = exceptions.map((exception, index) => check(exception, index, posture));
  if (checked.length === 0) return (findings) => findings;

  return function except(findings, input, now) {
    return findings.flatMap((finding) => {
      const resource = resourceOf(finding.action, input);
      const covering = checked.filter(({ rule, covers }) => rule === finding.rule && covers(resource));
      const last = Math.max(...covering.map(({ until }) => until));
      if (covering.length === 0) return [finding];
      if (now < last) return [];
      const message = `${finding.message} The exception for it expired on ${new Date(last).toISOString()}.`;
      return [{ ...finding, message }];
    });
  };
}

function check(exception: Exception, index: number, posture: Posture) {
  const { rule, resource, reason } = exception;
  const until = instantOf(exception.until);
  const refuse = (fault: string): never => {
    throw new GuardError("INVALID_OPTION", `exceptions[${index}].${fault}`);
  };
  if (!posture.rules.some(({ id }) => id === rule))
    refuse(`rule is ${JSON.stringify(rule)}, which is no rule of the posture ${posture.name}.`);
  if (typeof resource !== "string" || resource === "")
    refuse("resource must be a pattern such as training-job/nightly-*.");
  if (typeof reason !== "string" || reason.trim() === "") refuse("reason must say why.");
  if (Number.isNaN(until)) refuse("until must be a date in RFC 3339, such as 2027-01-31 or 2027-01-31T12:00:00Z.");
  return { rule, until, covers: glob(resource) };
}

/** Matches `type/name`. A request that names no resource is covered by `*` alone. */
function glob(pattern: string): (resource: string) => boolean {
  const part = /^arn:[^:]*:sagemaker:[^:]*:[^:]*:(.+)$/.exec(pattern)?.[1] ?? pattern;
  const source = part
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const whole = new RegExp(`^${source}$`, "s");
  return (resource) => whole.test(part.includes("/") ? resource : resource.slice(resource.indexOf("/") + 1));
}
