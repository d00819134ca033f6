import { createGuard } from "@countersign/guard";
import { usageError } from "../cli-error.ts";
import { type Call, flag, text, texts } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readPosture } from "../posture-option.ts";
import { readNetwork } from "./network-options.ts";

export const POLICY_KINDS = ["iam", "scp", "session", "endpoint"] as const;

/** `guard policy`: the posture as a policy, its gaps and its length on standard error. */
export async function printPolicy({ positionals, options, io }: Call): Promise<ExitCode> {
  if (positionals.length > 1)
    throw usageError(`guard policy: ${JSON.stringify(positionals[1])} is one argument too many`);
  const kind = text(options, "kind") ?? "iam";
  if (kind === "session" && texts(options, "allow").length === 0)
    throw usageError("guard policy --kind session: name what it allows with --allow sagemaker:ACTION");
  const keeper = createGuard({ posture: readPosture(options), network: readNetwork(options) });
  const resources = texts(options, "resource");
  const emitted = {
    iam: () => keeper.toIamPolicy(),
    scp: () => keeper.toScp(),
    session: () =>
      keeper.toSessionPolicy({
        actions: texts(options, "allow"),
        resources: resources.length === 0 ? ["*"] : resources,
      }),
    endpoint: () => keeper.toEndpointPolicy(),
  };
  if (!Object.hasOwn(emitted, kind))
    throw usageError(`--kind ${JSON.stringify(kind)}: expected ${POLICY_KINDS.join(", ")}`);
  const policy = emitted[kind as keyof typeof emitted]();
  const { gaps, length, limit } = policy;
  io.stdout(`${JSON.stringify(flag(options, "json") ? { policy, gaps, length, limit } : policy, null, 2)}\n`);
  const notes = new Set(gaps.map(({ kind: sort, rule, reason }) => `${sort}: ${rule}: ${reason}\n`));
  for (const note of notes) io.stderr(note);
  io.stderr(`${length} of ${limit} characters\n`);
  return EXIT.ok;
}
