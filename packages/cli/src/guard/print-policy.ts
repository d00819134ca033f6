import path from "node:path";
import { type EmittedPolicy, GuardError, createGuard } from "@countersign/guard";
import { readChoice } from "../choice-option.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type Call, flag, text, texts } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { makeFolder } from "../make-folder.ts";
import { readPosture } from "../posture-option.ts";
import { refuseOptions } from "../refuse-options.ts";
import { jsonText, visible } from "../visible.ts";
import { writeWhole } from "../write-whole.ts";
import { readNetwork } from "./network-options.ts";

export const POLICY_KINDS = ["iam", "scp", "rcp", "session", "endpoint"] as const;

const OF_FILES = ["action", "parameters", "unjudged", "trivy", "grype", "severity", "sarif", "junit"];

/** What a gap means when the policy is attached. */
const GAPS: Readonly<Record<EmittedPolicy["gaps"][number]["kind"], string>> = {
  unheld: "not in the policy",
  looser: "looser than the guard",
  stricter: "stricter than the guard",
};

/**
 * `guard policy`: the posture as documents ready to attach, each on a line of its own or, with `--out`, in a file of its own. The
 * JSON has no white space, which Organizations counts. Gaps and lengths go to standard error. With `--json` all are one list.
 */
export async function printPolicy({ positionals, options, io }: Call): Promise<ExitCode> {
  if (positionals.length > 1)
    throw usageError(`guard policy: ${JSON.stringify(positionals[1])} is one argument too many`);
  const kind = readChoice(options, "kind", POLICY_KINDS, "iam");
  refuseOptions("guard policy", options, OF_FILES, "must come with files; a policy is printed and judges none");
  if (kind !== "session")
    refuseOptions("guard policy", options, ["allow", "resource"], "must come with --kind session");
  if (kind !== "rcp" && kind !== "endpoint")
    refuseOptions("guard policy", options, ["organization"], "must come with --kind rcp or --kind endpoint");
  if (kind === "session" && texts(options, "allow").length === 0)
    throw usageError("guard policy --kind session: name what it allows with --allow sagemaker:ACTION");
  const guard = createGuard({ posture: readPosture(options), network: readNetwork(options) });
  const resources = texts(options, "resource");
  const organizationId = text(options, "organization");
  const organization = organizationId === undefined ? {} : { organizationId };
  const emitted = {
    iam: () => guard.toIamPolicies(),
    scp: () => guard.toScps(),
    rcp: () => guard.toRcps(organization),
    session: () => [
      guard.toSessionPolicy({
        actions: texts(options, "allow"),
        resources: resources.length === 0 ? ["*"] : resources,
      }),
    ],
    endpoint: () => [guard.toEndpointPolicy(organization)],
  };
  const policies = emit(emitted[kind]);
  const folder = text(options, "out");
  const shown = policies.map((policy, index) => {
    const { gaps, length, limit } = policy;
    const document = JSON.stringify(policy);
    const file = folder === undefined ? undefined : writeDocument(folder, `${kind}-${index + 1}.json`, document);
    const data = { ...(file === undefined ? { policy } : { file }), gaps, length, limit };
    return { data, line: file === undefined ? document : visible(file) };
  });
  const asJson = flag(options, "json");
  if (asJson)
    io.stdout(
      `${jsonText(
        shown.map(({ data }) => data),
        2,
      )}\n`,
    );
  else for (const { line } of shown) io.stdout(`${line}\n`);
  const gaps = policies.flatMap((policy) => policy.gaps);
  for (const note of new Set(gaps.map(({ kind: sort, rule, reason }) => `${GAPS[sort]}: ${rule}: ${reason}\n`)))
    io.stderr(note);
  if (policies.length > 1)
    io.stderr(
      `${policies.length} documents, ${folder === undefined ? `one ${asJson ? "an entry" : "a line"}` : "one a file"}: attach all of them\n`,
    );
  for (const { length, limit } of policies) io.stderr(`${length} of ${limit} characters\n`);
  return EXIT.ok;
}

/** An option that a policy cannot do without is a mistake in the command line. */
function emit(make: () => readonly EmittedPolicy[]): readonly EmittedPolicy[] {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof GuardError) || cause.code !== "INVALID_OPTION") throw cause;
    throw usageError(`guard policy: ${cause.message}`);
  }
}

/** AWS counts every character of a file, so the file has no line break at its end. */
function writeDocument(folder: string, name: string, json: string): string {
  const file = path.join(folder, name);
  try {
    makeFolder(folder);
    writeWhole(file, json);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot write ${file}`, { cause });
  }
  return file;
}
