import { GuardError } from "../error.ts";
import type { HeldCondition } from "../rules/rule.ts";
import { allowCondition, mergeConditions } from "./condition.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy, PolicyCondition, PolicyStatement } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import type { Held } from "./hold.ts";

/** What the temporary credentials are for. */
export interface SessionPolicyOptions {
  /** IAM actions such as `sagemaker:CreateTrainingJob`; `*` and `?` as in IAM. */
  readonly actions: readonly string[];
  /** ARNs; `*` and `?` as in IAM. */
  readonly resources: readonly string[];
}

/** Characters of an inline session policy: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. */
const LIMIT = 2_048;

/**
 * A session policy: what the credentials may do, within the posture. An action that is named carries its conditions on its
 * Allow, which is the shorter form; what a pattern such as `sagemaker:*` lets in is held by a Deny.
 */
export function sessionPolicy(held: Held, options: SessionPolicyOptions): EmittedPolicy {
  const actions = checkList(options.actions, "actions", /^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/i);
  const resources = checkList(options.resources, "resources", /^(?:\*|arn:\S+)$/);
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
    LIMIT,
    [...allow, ...denyStatements(denied)],
    held.gaps.filter((gap) => gap.actions.some((name) => actions.some((action) => matches(action, name)))),
    "Ask for fewer actions, or keep it as a managed policy and name that in policyArns (up to 10) instead.",
  );
}

const isPattern = (action: string): boolean => /[*?]/.test(action);

/** Whether an action or pattern lets in an operation of SageMaker's; the name `*` stands for any. IAM ignores case. */
function matches(action: string, name: string): boolean {
  const pattern = action.toLowerCase();
  if (name === "*") return pattern === "*" || pattern.startsWith("sagemaker:");
  return new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(`sagemaker:${name.toLowerCase()}`);
}

function one(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}

function checkList(list: unknown, name: string, form: RegExp): readonly string[] {
  if (!Array.isArray(list) || list.length === 0)
    throw new GuardError(
      "INVALID_OPTION",
      `${name} must be a list of at least one: a policy that allows nothing is no use.`,
    );
  const fault = list.find((entry) => typeof entry !== "string" || !form.test(entry)) as unknown;
  if (fault !== undefined)
    throw new GuardError("INVALID_OPTION", `${name} has ${JSON.stringify(fault)}, which is not of IAM's form.`);
  return list as readonly string[];
}
