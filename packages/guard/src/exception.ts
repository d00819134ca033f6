import { resourceOf } from "./api/resource.ts";
import { refuseOption } from "./error.ts";
import { formRules } from "./evaluate/form.ts";
import type { Finding } from "./finding.ts";
import { instantOf } from "./instant.ts";
import type { Posture } from "./posture.ts";
import { quote } from "./quote.ts";
import { wildcard } from "./wildcard.ts";

/** Allows requests about named resources to break one rule until a date. */
export interface Exception {
  /**
   * Id of the rule; also `unknown-operation`, `unknown-member` and `incomplete-input`, for what is newer than this release, and
   * `pipeline-step`, for steps of a pipeline whose own code was reviewed.
   */
  readonly rule: string;
  /**
   * Pattern (`*` and `?`) of `type/name`, such as `training-job/nightly-*`. A pattern without `/` is compared with the name
   * alone. Of an ARN only the resource part is compared, because a request names neither account nor Region.
   */
  readonly resource: string;
  /** From this instant on the exception no longer counts. RFC 3339; a bare date is its first moment in UTC. */
  readonly until: string | Date;
  /** Why, for reviewers of the configuration. */
  readonly reason: string;
}

/** Removes the findings that an exception covers. A finding whose exception expired says so. */
export type Except = (findings: Finding[], input: unknown, now: number) => Finding[];

/** Longer patterns than any ARN of SageMaker. */
const MAX_PATTERN = 2_048;

/**
 * @throws GuardError `INVALID_OPTION` when an exception names a rule that the posture does not have, a date that is not
 * RFC 3339, or no reason.
 */
export function createExceptions(exceptions: readonly Exception[], posture: Posture): Except {
  if (exceptions.length === 0) return (findings) => findings;
  const byRule = new Map<string, { readonly until: number; readonly covers: (resource: string) => boolean }[]>();
  for (const [index, exception] of exceptions.entries()) {
    const checked = check(exception, index, posture);
    const sameRule = byRule.get(exception.rule);
    if (sameRule === undefined) byRule.set(exception.rule, [checked]);
    else sameRule.push(checked);
  }

  return function except(findings, input, now) {
    return findings.flatMap((finding) => {
      const resource = resourceOf(finding.action, input);
      let last = Number.NEGATIVE_INFINITY;
      for (const { until, covers } of byRule.get(finding.rule) ?? [])
        if (until > last && covers(resource)) last = until;
      if (now < last) return [];
      if (last === Number.NEGATIVE_INFINITY) return [finding];
      return [{ ...finding, message: `${finding.message} Its exception expired on ${new Date(last).toISOString()}.` }];
    });
  };
}

function check({ rule, resource, reason, until }: Exception, index: number, posture: Posture) {
  const field = (name: string): string => `exceptions[${index}].${name}`;
  const refuse = (name: string, fault: string): never => refuseOption(`${field(name)}: ${fault}`, field(name));
  const instant = instantOf(until);
  const excusable = Object.values(formRules).some((form) => form.excusable && form.id === rule);
  if (!excusable && !posture.rules.some(({ id }) => id === rule))
    refuse(
      "rule",
      `must be a rule of the posture ${posture.name}, not ${quote(rule)}; docs/controls.md lists the rules`,
    );
  if (resource.length > MAX_PATTERN) refuse("resource", `must have at most ${MAX_PATTERN} characters`);
  if (reason.trim() === "") refuse("reason", "must say why the exception is needed");
  if (Number.isNaN(instant)) refuse("until", "must be a date in RFC 3339, such as 2027-01-31 or 2027-01-31T12:00:00Z");
  return { until: instant, covers: pattern(resource) };
}

/** Matches `type/name`. A request that names no resource is covered by `*` alone. */
function pattern(resource: string): (resource: string) => boolean {
  const part = /^arn:[^:]*:sagemaker:[^:]*:[^:]*:(.+)$/.exec(resource)?.[1] ?? resource;
  const matches = wildcard(part);
  return (named) => matches(part.includes("/") ? named : named.slice(named.indexOf("/") + 1));
}
