import type { Network, Rule, Topic } from "../rules/rule.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import { hold } from "./hold.ts";

/** What a guardrail covers. */
export interface GuardrailOptions {
  /** Only the rules of these topics: several smaller policies hold together what one would be too long for. */
  readonly topics?: readonly Topic[] | undefined;
}

/** Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. */
const MANAGED = 6_144;
/** Characters of an SCP: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html. */
const SCP = 5_120;

/** An identity policy that refuses what breaks the posture, and grants nothing. */
export function iamPolicy(rules: readonly Rule[], network: Network, options?: GuardrailOptions): EmittedPolicy {
  return guardrail("IAM policy", MANAGED, rules, network, options);
}

/** A service control policy of the same, for every principal of an account. */
export function scp(rules: readonly Rule[], network: Network, options?: GuardrailOptions): EmittedPolicy {
  return guardrail("service control policy", SCP, rules, network, options);
}

function guardrail(
  kind: string,
  limit: number,
  rules: readonly Rule[],
  network: Network,
  { topics }: GuardrailOptions = {},
): EmittedPolicy {
  const held = hold(topics === undefined ? rules : rules.filter(({ topic }) => topics.includes(topic)), network);
  const advice =
    "Emit it in parts with the topics option: each part stands by itself, and together they hold the posture.";
  return emitPolicy(kind, limit, denyStatements(held.byAction), held.gaps, advice);
}
