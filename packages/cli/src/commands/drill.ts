import { usageError } from "../cli-error.ts";
import { type Command, flag, text, texts } from "../command.ts";
import { type Drill, DRILLS } from "../drill/drills.ts";
import { type Plan, planOf } from "../drill/plan.ts";
import { type Outcome, outcomeOf, renderOutcome } from "../drill/report.ts";
import { openStage } from "../drill/stage.ts";
import { EXIT } from "../exit-codes.ts";
import { readServeConfig } from "../serve/config.ts";
import { jsonText } from "../visible.ts";

export const drill: Command = {
  usage: "drill --config FILE [--only NAME]… [--json]",
  details:
    "Practises outages with the grants, windows and limits of a configuration of `countersign serve`. Each drill starts a\n" +
    "local AWS on a clock of its own, injects one fault, and prints what callers saw, what the operator's log said, and\n" +
    "whether what must hold did. Nothing leaves this machine, and an hour passes in seconds. Proofs of callers are not\n" +
    "drilled: each grant is asked for with one token.\n\n" +
    `The drills: ${DRILLS.map(({ name }) => name).join(", ")}. Exit code 1: something that must hold did not, or the configuration lacks what a drill of --only needs.`,
  options: {
    config: { type: "string", value: "FILE", help: "configuration of countersign serve" },
    only: { type: "string", multiple: true, value: "NAME", help: "this drill alone; may be repeated" },
  },
  examples: ["countersign drill --config broker.json", "countersign drill --config broker.json --only sts-down"],
  async run({ options, io }) {
    const file = text(options, "config");
    if (file === undefined) throw usageError("drill: name a configuration of serve with --config FILE");
    const only = texts(options, "only");
    const unknown = only.find((name) => DRILLS.every((one) => one.name !== name));
    if (unknown !== undefined) {
      throw usageError(`drill: --only must be one of ${DRILLS.map(({ name }) => name).join(", ")}`);
    }
    const plan = planOf(readServeConfig(file));
    const outcomes: Outcome[] = [];
    for (const one of DRILLS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const outcome = await practise(one, plan);
      outcomes.push(outcome);
      if (!flag(options, "json")) io.stdout(`${renderOutcome(outcome)}\n`);
    }
    if (flag(options, "json")) io.stdout(`${jsonText(outcomes)}\n`);
    // A drill that is asked for by name and cannot be drilled has shown nothing.
    const missing = only.length > 0 && outcomes.some(({ skipped }) => skipped !== undefined);
    return !missing && outcomes.every(({ held }) => held.every(({ holds }) => holds)) ? EXIT.ok : EXIT.refused;
  },
};

async function practise(one: Drill, plan: Plan): Promise<Outcome> {
  const { name, title } = one;
  const skipped = one.without?.(plan);
  if (skipped !== undefined) return { name, title, held: [], seen: [], log: {}, skipped };
  const stage = await openStage(plan);
  try {
    const held = await one.run(stage);
    return outcomeOf(name, title, held, stage);
  } finally {
    await stage.close();
  }
}
