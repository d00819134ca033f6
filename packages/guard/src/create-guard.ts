import { createEmitter } from "@countersign/signer";
import { createActionName } from "./api/action-name.ts";
import { GuardError } from "./error.ts";
import { createEvaluator } from "./evaluate/evaluate.ts";
import { createExceptions } from "./exception.ts";
import { gatherFacts, needsOf } from "./facts/gather.ts";
import { createModelMemory } from "./facts/model-memory.ts";
import type { Finding } from "./finding.ts";
import type { Guard, GuardOptions, ReviewOptions } from "./guard.ts";
import { createMiddleware } from "./middleware.ts";
import { withPipelines } from "./call/pipeline-steps.ts";
import { endpointPolicy } from "./policy/endpoint-policy.ts";
import { iamPolicy, scp } from "./policy/guardrail.ts";
import { hold } from "./policy/hold.ts";
import { sessionPolicy } from "./policy/session-policy.ts";
import { resolvePosture } from "./posture.ts";
import { type Call, readCall } from "./call/read-call.ts";
import type { Network } from "./rules/rule.ts";

/**
 * Makes a guard: the rules of a posture, held on requests before they are signed, and the same posture as policy.
 *
 * @throws GuardError `INVALID_OPTION` when the posture is none, or an exception is incomplete.
 * @example
 * const guard = createGuard({ posture: "private", network: { subnets: ["subnet-0a", "subnet-0b"] } });
 * const findings = guard.check("CreateTrainingJob", { TrainingJobName: "t" }, {});
 * findings.map(({ path }) => path); // ["/VpcConfig", "/EnableNetworkIsolation", …]
 */
export function createGuard(options: GuardOptions): Guard {
  const posture = resolvePosture(options.posture);
  const mode = checkMode(options.mode ?? "enforce");
  const network = checkNetwork(options.network ?? {});
  if (options.images !== undefined && typeof options.images?.judge !== "function")
    throw new GuardError("INVALID_OPTION", "images must be what imageGate answers: imageGate({ source: … }).");
  const clock = options.clock ?? { now: () => Date.now() };
  const emit = createEmitter(options.onEvent, clock);
  const evaluate = withPipelines(createEvaluator(posture.rules, network));
  const except = createExceptions(options.exceptions ?? [], posture);
  const nameOf = createActionName(posture.rules.flatMap(({ actions }) => actions));
  const memory = createModelMemory();
  const held = hold(posture.rules, network);
  const sources = { needs: needsOf(posture.rules), source: options.facts ?? {}, images: options.images, memory };

  const guard: Guard = {
    mode,
    posture,
    check(action, input, facts = {}) {
      // A gate without verdicts judged nothing, which is not the same as no gate.
      const known = options.images === undefined || facts.images !== undefined ? facts : { ...facts, images: {} };
      return except(evaluate(nameOf(action), input, known), input, clock.now());
    },
    async review(action, input, review = {}) {
      const facts = await gatherFacts(nameOf(action), input, sources, review);
      return report(guard.check(action, input, facts));
    },
    async enforce(action, input, review = {}) {
      stop(await guard.review(action, input, review));
    },
    async enforceRequest(request, review = {}) {
      const call = readCall(request);
      if (call !== undefined) await enforceCall(call, review);
      return call;
    },
    remember: (action, input) => {
      memory.remember(nameOf(action), input);
    },
    toIamPolicy: (wanted) => iamPolicy(posture.rules, network, wanted),
    toScp: (wanted) => scp(posture.rules, network, wanted),
    toSessionPolicy: (wanted) => sessionPolicy(held, wanted),
    toEndpointPolicy: (wanted) => endpointPolicy(held, wanted),
    middleware: createMiddleware({
      before: (call, signal) => enforceCall(call, { signal }),
      succeeded: ({ action, input }) => memory.remember(nameOf(action), input),
    }),
  };
  return guard;

  async function enforceCall(call: Call, review: Omit<ReviewOptions, "host">): Promise<void> {
    if (call.unreadable !== undefined) stop(report([unreadable(call.action, call.unreadable)]));
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
    throw new GuardError(
      "POSTURE_BROKEN",
      `${first.action} breaks the posture ${posture.name} at ${JSON.stringify(first.path)}: ${first.message} ${first.fix}${more}`,
      { findings },
    );
  }
}

function unreadable(action: string, fault: string): Finding {
  return {
    rule: "request-unreadable",
    severity: "critical",
    action,
    path: "",
    message: `The request cannot be judged: ${fault}.`,
    fix: "Send AWS JSON 1.1, as the SDKs do.",
    references: ["https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"],
  };
}

function checkMode(mode: unknown): "enforce" | "report" {
  if (mode !== "enforce" && mode !== "report")
    throw new GuardError("INVALID_OPTION", `mode is ${JSON.stringify(mode)}; it must be enforce or report.`);
  return mode;
}

const networkOptions: readonly string[] = ["vpcId", "subnets", "securityGroupIds", "vpcEndpoints"];

/** A list that is no list would allow what its author meant to refuse. */
function checkNetwork(network: Network): Network {
  if (typeof network !== "object" || network === null)
    throw new GuardError("INVALID_OPTION", `network must be an object of ${networkOptions.join(", ")}.`);
  // A misspelt list would be one that was left out, which allows any.
  const stray = Object.keys(network).find((name) => !networkOptions.includes(name));
  if (stray !== undefined)
    throw new GuardError(
      "INVALID_OPTION",
      `network has ${JSON.stringify(stray)}; it may have ${networkOptions.join(", ")}.`,
    );
  for (const name of ["subnets", "securityGroupIds", "vpcEndpoints"] as const) {
    const list: unknown = network[name];
    if (list === undefined) continue;
    if (
      !Array.isArray(list) ||
      list.length === 0 ||
      !list.every((id) => typeof id === "string" && /^[-0-9A-Za-z]{1,64}$/.test(id))
    )
      throw new GuardError(
        "INVALID_OPTION",
        `network.${name} must be a list of at least one id; leave it out to allow any.`,
      );
  }
  if (network.vpcId !== undefined && !/^vpc-[0-9a-z]{1,40}$/.test(network.vpcId))
    throw new GuardError(
      "INVALID_OPTION",
      `network.vpcId is ${JSON.stringify(network.vpcId)}; it must look like vpc-0123456789abcdef0.`,
    );
  return structuredClone(network);
}
