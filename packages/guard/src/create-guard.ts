import { createEmitter } from "@countersign/signer";
import { type SpelledAction, createActionSpeller } from "./api/action-name.ts";
import { type Call, checkCallRequest, readCall } from "./call/read-call.ts";
import { GuardError } from "./error.ts";
import { type Unjudged, assess } from "./evaluate/assess.ts";
import { createEvaluator } from "./evaluate/evaluate.ts";
import { accessorFinding, formFindings, unreadableFinding } from "./evaluate/form.ts";
import { Unknown, readingUnknowns } from "./evaluate/unknown.ts";
import { unseenFindings, unseenSteps } from "./evaluate/unseen-steps.ts";
import { withPipelines } from "./evaluate/with-pipelines.ts";
import { createExceptions } from "./exception.ts";
import { accessorIn } from "./api/accessor.ts";
import { checkFacts } from "./facts/check-facts.ts";
import { gatherFacts, needsOf } from "./facts/gather.ts";
import { createModelMemory } from "./facts/model-memory.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { Guard, GuardOptions, ReviewOptions } from "./guard.ts";
import { checkGuardOptions, checkReviewOptions } from "./guard-options.ts";
import { createMiddleware } from "./middleware.ts";
import { endpointPolicy } from "./policy/endpoint-policy.ts";
import { guardrail, guardrails } from "./policy/guardrail.ts";
import { hold } from "./policy/hold.ts";
import { resourceControlPolicies, resourceControlPolicy } from "./policy/resource-control-policy.ts";
import { sessionPolicy } from "./policy/session-policy.ts";
import { resolvePosture } from "./posture.ts";
import { plainName, visible } from "./quote.ts";

/** An object that inherits nothing: additions to `Object.prototype` are not options or facts of the guard. */
const nothing = (): object => Object.create(null) as object;

/** How many findings the message of an error names; all of them are in its `findings`. */
const NAMED_FINDINGS = 8;

/**
 * Makes a guard: the rules of a posture, enforced on requests before they are signed, and the same posture as policy.
 *
 * @throws GuardError `INVALID_OPTION` for an unknown option or posture, a value of the wrong shape, and an incomplete
 * exception.
 * @example
 * const guard = createGuard({ posture: "private", network: { subnets: ["subnet-0a", "subnet-0b"] } });
 * const findings = guard.check("CreateTrainingJob", { TrainingJobName: "t" }, {});
 * findings.map(({ path }) => path); // ["/VpcConfig", "/EnableNetworkIsolation", …]
 */
export function createGuard(options: GuardOptions): Guard {
  const given = checkGuardOptions(options);
  const { mode = "enforce", network = nothing(), images, clock = { now: () => Date.now() } } = given;
  const posture = resolvePosture(given.posture);
  const emit = createEmitter(given.onEvent, clock);
  const spell = createActionSpeller(posture.rules.flatMap(({ actions }) => actions));
  const evaluate = withPipelines(createEvaluator(posture.rules, network), posture.rules, spell);
  const except = createExceptions(given.exceptions ?? [], posture);
  const memory = createModelMemory();
  const held = hold(posture.rules, network);
  const sources = { needs: needsOf(posture.rules), source: given.facts ?? nothing(), images, memory };

  const guard: Guard = {
    mode,
    posture,
    check(action, input, facts) {
      const spelled = spell(action);
      const findings = [...judge(spelled, input, facts), ...unseenFindings(spelled.name, input)];
      return except(findings, input, clock.now());
    },
    assess(action, input, facts) {
      const spelled = spell(action);
      const unseen = readingUnknowns(() => unseenSteps(spelled.name, input));
      const { form, unknowns } = readingUnknowns((touched) => ({
        form: formFindings(spelled, input, { isReference: (value) => value instanceof Unknown }),
        unknowns: touched.size,
      }));
      if (unknowns === 0 || typeof input !== "object" || input === null)
        return { findings: judge(spelled, input, facts).flatMap(excused), unjudged: unseen.filter(isOpen) };
      const judged = assess(evaluate, spelled.name, input, factsOf(facts));
      return {
        findings: [...form, ...judged.findings].flatMap(excused),
        unjudged: [...judged.unjudged, ...unseen].filter(isOpen),
      };

      function isOpen({ rule, path }: Unjudged): boolean {
        return excused(placeholder(rule, spelled.name, path)).length > 0;
      }
      function excused(finding: Finding): Finding[] {
        return readingUnknowns(() => except([finding], input, clock.now()));
      }
    },
    async review(action, input, review) {
      const accessor = accessorIn(input);
      if (accessor !== undefined) return report([accessorFinding(spell(action).name, accessor)]);
      const facts = await gatherFacts(spell(action).name, input, sources, checkReviewOptions(review));
      return report(guard.check(action, input, facts));
    },
    async enforce(action, input, review) {
      stop(await guard.review(action, input, review));
    },
    async enforceRequest(request, review) {
      const call = readCall(checkCallRequest(request));
      if (call !== undefined) await enforceCall(call, checkReviewOptions(review));
      return call;
    },
    remember(action, input) {
      memory.remember(spell(action).name, input);
    },
    toIamPolicy: (wanted) => guardrail("managed", posture.rules, network, wanted),
    toIamPolicies: (wanted) => guardrails("managed", posture.rules, network, wanted),
    toScp: (wanted) => guardrail("scp", posture.rules, network, wanted),
    toScps: (wanted) => guardrails("scp", posture.rules, network, wanted),
    toRcp: (wanted) => resourceControlPolicy(posture.rules, network, wanted),
    toRcps: (wanted) => resourceControlPolicies(posture.rules, network, wanted),
    toSessionPolicy: (wanted) => sessionPolicy(held, wanted),
    toEndpointPolicy: (wanted) => endpointPolicy(held, posture.rules, wanted),
    middleware: createMiddleware({
      before: (call, signal) => enforceCall(call, { signal }),
      succeeded: ({ action, input }) => memory.remember(spell(action).name, input),
    }),
  };
  return guard;

  /** The findings of the rules and about the form of a request, exceptions not counted. */
  function judge(action: SpelledAction, input: unknown, facts: Facts | undefined): readonly Finding[] {
    const known = factsOf(facts);
    const form = formFindings(action, input);
    const judged = typeof input === "object" && input !== null ? evaluate(action.name, input, known) : [];
    return form.length === 0 ? judged : [...form, ...judged];
  }

  /** A gate without verdicts judged no image; without a gate images are not judged at all. */
  function factsOf(facts: Facts | undefined): Facts {
    const checked = checkFacts(facts);
    if (images === undefined || checked.images !== undefined) return checked;
    return Object.assign(nothing() as Facts, checked, { images: nothing() });
  }

  async function enforceCall(call: Call, review: Omit<ReviewOptions, "host">): Promise<void> {
    if (call.unreadable !== undefined) stop(report([unreadableFinding(call.action, call.unreadable)]));
    else await guard.enforce(call.action, call.input, { ...review, host: call.host });
  }

  function report(findings: Finding[]): Finding[] {
    for (const { rule, severity, action, path } of findings)
      emit("guard.finding", () => ({ rule, severity, action, path, enforced: mode === "enforce" }));
    return findings;
  }

  function stop(findings: readonly Finding[]): void {
    const [first, ...others] = findings;
    if (first === undefined || mode === "report") return;
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    const named = others.slice(0, NAMED_FINDINGS).map(({ rule, path }) => `\n  ${visible(`${rule}${placeOf(path)}`)}`);
    throw new GuardError(
      "POSTURE_BROKEN",
      `${plainName(first.action)} breaks the posture ${posture.name}${visible(`${placeOf(first.path)}: ${first.message} ${first.fix}`)}${more}${named.join("")}`,
      { findings },
    );
  }
}

/** The place of a finding in a message; nothing for a finding about the whole request. */
function placeOf(path: string): string {
  return path === "" ? "" : ` at ${JSON.stringify(path)}`;
}

/** Stands for an unjudged rule, so that exceptions cover it as they cover a finding. */
function placeholder(rule: string, action: string, path: string): Finding {
  return { rule, severity: "low", action, path, message: "", fix: "", references: [] };
}
