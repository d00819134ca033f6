import { type Guard, type Rule, createGuard, postures } from "@countersign/guard";
import { type PolicyContext, conditionKeys, evaluate } from "@countersign/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factsOf, network, rare, requests } from "./requests.ts";

/** Random requests beside those with a single change. `COUNTERSIGN_CASES=10000` is the whole claim. */
const CASES = Number(process.env["COUNTERSIGN_CASES"] ?? 300);

const everything = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;

/** A rule that a policy can hold, with the guard and the policy of that rule alone. */
interface Held {
  readonly rule: Rule;
  readonly guard: Guard;
  readonly policy: ReturnType<Guard["toIamPolicy"]>;
  readonly unheld: ReadonlySet<string>;
}

const held: readonly Held[] = postures.locked.rules
  .filter(({ policy }) => "conditions" in policy)
  .map((rule) => {
    const guard = createGuard({ posture: { name: rule.id, rules: [rule] }, network });
    const policy = guard.toIamPolicy();
    const own = policy.gaps.filter((gap) => gap.kind === "unheld" && gap.rule === rule.id);
    const blind = own.flatMap(({ actions }) => actions);
    return { rule, guard, policy, unheld: new Set(blind) };
  });

const topics = [...new Set(postures.locked.rules.map(({ topic }) => topic))];
const locked = createGuard({ posture: "locked", network });
const parts = [locked.toIamPolicy({ topics: topics.slice(0, 5) }), locked.toIamPolicy({ topics: topics.slice(5) })];

/** What IAM is told: the request as the evaluator reads it, and where it came through. */
function contextOf(action: string, input: Record<string, unknown>, through: string | undefined): PolicyContext {
  return { ...conditionKeys(action, input), "aws:SourceVpce": through, "aws:ViaAWSService": false };
}

/** Whether the guard finds a rule broken. That the input is incomplete is a gap of every policy, named in `gaps`. */
function refuses({ rule, guard }: Held, action: string, input: unknown, through: string | undefined): boolean {
  return guard.check(action, input, factsOf(through)).some(({ rule: id }) => id === rule.id);
}

/** What became of a rule over all requests. */
interface Tally {
  refused: number;
  passed: number;
  looser: number;
  stricter: number;
}

/** Their gaps are about requests without a host, or whose host is a private address: none of these requests. */
const exact = new Set(["vpc-endpoint", "presigned-url", "remote-session"]);

/** Says how guard and policy of one rule compare on one request; gaps that the rule declares are not differences. */
function compare({ rule }: Held, refused: boolean, denied: boolean): keyof Tally | "differ" {
  const gap = rule.policy as { readonly looser?: string; readonly stricter?: string };
  if (refused === denied) return refused ? "refused" : "passed";
  if (exact.has(rule.id)) return "differ";
  if (refused) return gap.looser === undefined ? "differ" : "looser";
  return gap.stricter === undefined ? "differ" : "stricter";
}

describe("the emitted policy and the guard", () => {
  it(
    "refuse the same requests wherever a condition key exists, optional parents left out too",
    { timeout: 240_000 },
    () => {
      const tallies = new Map<string, Tally>(
        held.map(({ rule }) => [rule.id, { refused: 0, passed: 0, looser: 0, stricter: 0 }]),
      );
      fc.assert(
        fc.property(requests, ({ action, input, through }) => {
          const query = { action: `sagemaker:${action}`, resource: "*", context: contextOf(action, input, through) };
          const denies = (policy: Held["policy"]): boolean =>
            evaluate({ policies: [everything, policy], ...query }) === "explicitDeny";
          const differing: string[] = [];
          let any = false;
          for (const one of held) {
            const denied = denies(one.policy);
            any ||= denied;
            const mine =
              (one.rule.actions.includes(action) || one.rule.actions.includes("*")) && !one.unheld.has(action);
            const refused = mine && refuses(one, action, input, through);
            const outcome = mine ? compare(one, refused, denied) : denied ? "differ" : undefined;
            const tally = tallies.get(one.rule.id);
            if (outcome === "differ")
              differing.push(`${one.rule.id}: guard ${String(refused)}, policy ${String(denied)}`);
            else if (outcome !== undefined && tally !== undefined) tally[outcome]++;
          }
          expect(differing).toEqual([]);
          // A policy, whole or in parts, refuses what the policies of its rules refuse, and nothing else.
          expect(parts.some(denies)).toBe(any);
        }),
        { numRuns: rare.length + CASES, examples: rare },
      );

      // Every rule was seen to refuse and to pass, and what gaps excuse is the exception.
      const seldom = new Set(["job-document", ...(CASES < 10_000 ? ["domain-security-groups"] : [])]);
      const idle = [...tallies].filter(
        ([id, { refused, passed }]) => passed === 0 || (refused === 0 && !seldom.has(id)),
      );
      expect(idle).toEqual([]);
      const loose = [...tallies].filter(
        ([, { refused, passed, looser, stricter }]) => CASES >= 10_000 && looser + stricter > refused + passed,
      );
      expect(loose).toEqual([]);
    },
  );
});
