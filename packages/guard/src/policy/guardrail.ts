import { type Network, type Rule, TOPICS, type Topic } from "../rules/rule.ts";
import { checkOptions, listOf, oneOf, optional } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy } from "./document.ts";
import { emitPolicies, emitPolicy } from "./emit.ts";
import { type Held, hold } from "./hold.ts";
import { quotas } from "./quotas.ts";

/** Options of `toIamPolicy`, `toScp` and their plurals. */
export interface GuardrailOptions {
  /** Only the rules of these topics. Default: all. */
  readonly topics?: readonly Topic[] | undefined;
}

/** The kinds of guardrail. */
const kinds = {
  managed: "IAM policy",
  scp: "service control policy",
} as const;

type Kind = keyof typeof kinds;

/** One policy that denies what breaks the posture, and grants nothing. */
export function guardrail(
  kind: Kind,
  rules: readonly Rule[],
  network: Network,
  options?: GuardrailOptions,
): EmittedPolicy {
  const { byAction, gaps } = held(rules, network, options);
  const advice = `Emit it in parts with ${kind === "managed" ? "toIamPolicies" : "toScps"}, or for single topics`;
  return emitPolicy(kinds[kind], quotas[kind].characters, denyStatements(byAction), gaps, advice);
}

/** As many policies as the quota needs; together they deny what one would. */
export function guardrails(
  kind: Kind,
  rules: readonly Rule[],
  network: Network,
  options?: GuardrailOptions,
): readonly EmittedPolicy[] {
  const { byAction, gaps } = held(rules, network, options);
  const advice = "Name fewer subnets, security groups or endpoints in the network option";
  return emitPolicies(kinds[kind], quotas[kind].characters, denyStatements(byAction), gaps, advice);
}

function held(rules: readonly Rule[], network: Network, options: GuardrailOptions | undefined): Held {
  const { topics } = checkOptions<GuardrailOptions>(
    options,
    { topics: optional(listOf(oneOf(...TOPICS))) },
    refuseOption,
  );
  const chosen = topics === undefined ? rules : rules.filter(({ topic }) => topics.includes(topic));
  const part = hold(chosen, network);
  // IAM takes no policy without statements, and one would seem to protect.
  if (part.byAction.size === 0) refuseEmpty(topics === undefined ? "posture" : "topics", chosen, part.gaps);
  return part;
}

/** The message names each of the rules with the reason why IAM cannot hold it. */
function refuseEmpty(field: "posture" | "topics", rules: readonly Rule[], gaps: Held["gaps"]): never {
  const reasons = rules.map(
    ({ id }) => `${id}: ${gaps.find(({ rule }) => rule === id)?.reason ?? "has no condition."}`,
  );
  const ways = field === "topics" ? "name other topics: this posture has no rule of these" : "add rules to it";
  refuseOption(
    `${field}: must have a rule that IAM can hold, or the policy would deny nothing; ` +
      (reasons.length > 0 ? reasons.join(" ") : ways),
    field,
  );
}
