import { type Network, type Rule, TOPICS, type Topic } from "../rules/rule.ts";
import { checkOptions, listOf, oneOf, optional } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import { hold } from "./hold.ts";
import { quotas } from "./quotas.ts";

/** Options of `toIamPolicy` and `toScp`. */
export interface GuardrailOptions {
  /** Only the rules of these topics. Several smaller policies together enforce what would be too long for one. */
  readonly topics?: readonly Topic[] | undefined;
}

/** An identity policy that denies what breaks the posture, and grants nothing. */
export function iamPolicy(rules: readonly Rule[], network: Network, options?: GuardrailOptions): EmittedPolicy {
  return guardrail("IAM policy", quotas.managed.characters, rules, network, options);
}

/** The same as a service control policy, for every principal of an account. */
export function scp(rules: readonly Rule[], network: Network, options?: GuardrailOptions): EmittedPolicy {
  return guardrail("service control policy", quotas.scp.characters, rules, network, options);
}

function guardrail(
  kind: string,
  limit: number,
  rules: readonly Rule[],
  network: Network,
  options: GuardrailOptions | undefined,
): EmittedPolicy {
  const { topics } = checkOptions<GuardrailOptions>(
    options,
    { topics: optional(listOf(oneOf(...TOPICS))) },
    refuseOption,
  );
  const held = hold(topics === undefined ? rules : rules.filter(({ topic }) => topics.includes(topic)), network);
  const advice =
    "Emit it in parts with the topics option: each part is complete, and together they enforce the posture";
  return emitPolicy(kind, limit, denyStatements(held.byAction), held.gaps, advice);
}
