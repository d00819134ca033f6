import { checkOptions } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import type { HeldCondition } from "../rules/rule.ts";
import { allowCondition, mergeConditions } from "./condition.ts";
import { denyStatements, withoutSids } from "./deny.ts";
import type { EmittedPolicy, PolicyCondition, PolicyStatement } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import { quotas } from "./quotas.ts";
import { ACTION, RESOURCE, filled } from "./lists.ts";
import type { Held } from "./hold.ts";
import { wildcard } from "../wildcard.ts";

/** Options of `toSessionPolicy`. */
export interface SessionPolicyOptions {
  /** IAM actions such as `sagemaker:CreateTrainingJob`; `*` and `?` as in IAM. */
  readonly actions: readonly string[];
  /** ARNs; `*` and `?` as in IAM. */
  readonly resources: readonly string[];
}

/**
 * A session policy: it allows the actions given, within the posture. A named action has its conditions on its Allow, which is
 * shorter; for a pattern such as `sagemaker:*` each condition is a Deny.
 */
export function sessionPolicy(held: Held, options: SessionPolicyOptions): EmittedPolicy {
  const { actions, resources } = checkOptions<SessionPolicyOptions>(
    options,
    { actions: filled("an action such as sagemaker:CreateModel", ACTION), resources: filled("an ARN or *", RESOURCE) },
    refuseOption,
  );
  const allowed = new Map<string, { readonly actions: string[]; readonly statement: Partial<PolicyStatement> }>();
  const denied = new Map<string, HeldCondition[]>();

  for (const action of actions) {
    let Condition: PolicyCondition | undefined;
    for (const [name, conditions] of held.byAction) {
      if (!matches(action, name)) continue;
      const onAllow = conditions.filter(({ when }) => when === undefined && !isPattern(action) && name !== "*");
      const merged = mergeConditions(onAllow.map(allowCondition));
      if (merged !== undefined && onAllow.length > 0) Condition = merged;
      const onDeny = merged === undefined ? conditions : conditions.filter((condition) => !onAllow.includes(condition));
      if (onDeny.length > 0) denied.set(name, [...(denied.get(name) ?? []), ...onDeny]);
    }
    const statement = Condition === undefined ? {} : { Condition };
    const key = JSON.stringify(statement);
    const group = allowed.get(key) ?? { actions: [] as string[], statement };
    group.actions.push(action);
    allowed.set(key, group);
  }

  const allow = [...allowed.values()].map(({ actions: names, statement }): PolicyStatement => ({
    Effect: "Allow",
    Action: one(names),
    Resource: one(resources),
    ...statement,
  }));
  return emitPolicy(
    "session policy",
    quotas.session.characters,
    [...allow, ...withoutSids(denyStatements(denied))],
    held.gaps.filter((gap) => gap.actions.some((name) => actions.some((action) => matches(action, name)))),
    "Ask for fewer actions, or keep it as a managed policy and name that in policyArns (up to 10)",
  );
}

const isPattern = (action: string): boolean => /[*?]/.test(action);

/** Whether an action or pattern of IAM includes an operation of SageMaker; the operation `*` is any. IAM ignores case. */
function matches(action: string, name: string): boolean {
  const pattern = action.toLowerCase();
  if (name === "*") return pattern === "*" || /^sagemaker(?:-geospatial)?:/.test(pattern);
  return wildcard(pattern)(`sagemaker:${name.toLowerCase()}`);
}

function one(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}
