import { createGuard } from "@countersign/guard";
import { usageError } from "../cli-error.ts";
import { type Call, flag, text, texts } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readPosture } from "../posture-option.ts";
import { readNetwork } from "./network-options.ts";

export const POLICY_KINDS = ["iam", "scp", "session", "endpoint"] as const;

/** `guard policy`: the posture as documents ready to attach; gaps and lengths go to standard error. */
export async function printPolicy({ positionals, options, io }: Call): Promise<ExitCode> {
  if (positionals.length > 1)
    throw usageError(`guard policy: ${JSON.stringify(positionals[1])} is one argument too many`);
  const kind = text(options, "kind") ?? "iam";
  if (kind === "session" && texts(options, "allow").length === 0)
    throw usageError("guard policy --kind session: name what it allows with --allow sagemaker:ACTION");
  const keeper = createGuard({ posture: readPosture(options), network: readNetwork(options) });
  const resources = texts(options, "resource");
  const emitted = {
    iam: () => keeper.toIamPolicies(),
    scp: () => keeper.toScps(),
    session: () => [
      keeper.toSessionPolicy({
        actions: texts(options, "allow"),
        resources: resources.length === 0 ? ["*"] : resources,
      }),
    ],
    endpoint: () => [keeper.toEndpointPolicy()],
  };
  if (!Object.hasOwn(emitted, kind))
    throw usageError(`--kind ${JSON.stringify(kind)}: expected ${POLICY_KINDS.join(", ")}`);
  const policies = emitted[kind as keyof typeof emitted]();
  for (const policy of policies) {
    const { gaps, length, limit } = policy;
    io.stdout(`${JSON.stringify(flag(options, "json") ? { policy, gaps, length, limit } : policy, null, 2)}\n`);
  }
  const gaps = policies.flatMap((policy) => policy.gaps);
  for (const note of new Set(gaps.map(({ kind: sort, rule, reason }) => `${sort}: ${rule}: ${reason}\n`)))
    io.stderr(note);
  if (policies.length > 1) io.stderr(`${policies.length} documents: attach all of them\n`);
  for (const { length, limit } of policies) io.stderr(`${length} of ${limit} characters\n`);
  return EXIT.ok;
}
