import { type Finding, type Network, type SarifLog, createGuard, toSarif } from "@countersign/guard";
import { CliError, usageError } from "../cli-error.ts";
import { type Call, type Command, type OptionSpecs, type OptionValues, flag, text, texts } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readJsonFile } from "../input.ts";
import { POSTURE_OPTION, readPosture } from "../posture-option.ts";
import { createStyle } from "../style.ts";

const POLICY_KINDS = ["iam", "scp", "session", "endpoint"] as const;

/** What requests may name; without them, any subnet, group and endpoint will do. */
const NETWORK_OPTIONS: OptionSpecs = {
  vpc: { type: "string", value: "ID", help: "the VPC that requests may name" },
  subnet: { type: "string", multiple: true, value: "ID", help: "a subnet that requests may name; may be repeated" },
  "security-group": { type: "string", multiple: true, value: "ID", help: "a security group likewise" },
  "vpc-endpoint": { type: "string", multiple: true, value: "ID", help: "an interface endpoint that calls must use" },
};

function readNetwork(options: OptionValues): Network {
  const vpcId = text(options, "vpc");
  const listed = (name: string): readonly string[] | undefined => {
    const ids = texts(options, name);
    return ids.length === 0 ? undefined : ids;
  };
  return {
    ...(vpcId !== undefined && { vpcId }),
    subnets: listed("subnet"),
    securityGroupIds: listed("security-group"),
    vpcEndpoints: listed("vpc-endpoint"),
  };
}

/** A file's finding: what the guard says, and where it was said about. */
interface FileFinding extends Finding {
  readonly file: string;
}

export const guard: Command = {
  usage: "guard FILE… [options], or guard policy [--kind KIND]",
  details:
    'A file holds { "action": "CreateModel", "input": { … } }, or a bare input when --action names the operation.\n' +
    "Findings exit with 1. `guard policy` prints the same posture as policy for AWS to enforce.",
  operands: Number.POSITIVE_INFINITY,
  options: {
    action: { type: "string", value: "OPERATION", help: "the operation of files that hold a bare input" },
    ...POSTURE_OPTION,
    ...NETWORK_OPTIONS,
    sarif: { type: "boolean", help: "findings as SARIF 2.1.0, for code scanning" },
    kind: { type: "string", value: "KIND", help: `of policy: ${POLICY_KINDS.join(", ")}; default: iam` },
    allow: { type: "string", multiple: true, value: "ACTION", help: "of a session policy: an action it allows" },
    resource: {
      type: "string",
      multiple: true,
      value: "ARN",
      help: "of a session policy: a resource it allows; default: *",
    },
  },
  examples: [
    "countersign guard request.json --posture private",
    "countersign guard --action CreateModel model.json --sarif > findings.sarif",
    "countersign guard policy --kind scp --posture private --vpc-endpoint vpce-0a1b2c3d > scp.json",
    "countersign guard policy --kind session --allow sagemaker:CreateTrainingJob --posture private",
  ],
  run: (call) => (call.positionals[0] === "policy" ? printPolicy(call) : checkFiles(call)),
};

async function checkFiles({ positionals, options, io }: Call): Promise<ExitCode> {
  if (positionals.length === 0) throw usageError("guard: no file given; - reads standard input");
  const keeper = createGuard({ posture: readPosture(options), network: readNetwork(options) });
  const findings: FileFinding[] = [];
  for (const file of positionals) {
    const { action, input } = readRequest(file, text(options, "action"));
    for (const finding of keeper.check(action, input, {})) findings.push({ ...finding, file });
  }
  if (flag(options, "sarif")) io.stdout(`${JSON.stringify(sarif(findings, positionals), null, 2)}\n`);
  else if (flag(options, "json")) io.stdout(`${JSON.stringify(findings, null, 2)}\n`);
  else io.stdout(render(findings, positionals.length, io));
  return findings.length === 0 ? EXIT.ok : EXIT.refused;
}

/** One log with a run for each file. */
function sarif(findings: readonly FileFinding[], files: readonly string[]): SarifLog {
  const runs = files.flatMap(
    (file) =>
      toSarif(
        findings.filter((finding) => finding.file === file),
        { artifact: file },
      ).runs,
  );
  return { ...toSarif([]), runs };
}

/** @throws CliError `INVALID_CONFIG` for a file that is no request. */
function readRequest(file: string, action: string | undefined): { readonly action: string; readonly input: unknown } {
  const content = readJsonFile(file);
  if (action !== undefined) return { action, input: content };
  const request = content as { readonly action?: unknown; readonly input?: unknown } | null;
  if (typeof request !== "object" || typeof request?.action !== "string" || request.input === undefined) {
    throw new CliError("INVALID_CONFIG", `${file}: expected { "action": …, "input": … }, or pass --action`);
  }
  return { action: request.action, input: request.input };
}

function render(findings: readonly FileFinding[], files: number, io: Call["io"]): string {
  const style = createStyle(io);
  if (findings.length === 0) return `${style.green("✔")} nothing found in ${files} ${files === 1 ? "file" : "files"}\n`;
  const severities = { low: style.dim, medium: style.yellow, high: style.red, critical: style.red };
  const blocks = findings.map(({ file, rule, severity, path, message, fix, references }) =>
    [
      `${severities[severity](severity)}  ${style.bold(rule)}  ${file}#${path}`,
      `  ${message}`,
      `  fix: ${fix}`,
      ...references.filter((reference) => reference.startsWith("https:")).map((page) => style.dim(`  ${page}`)),
      "",
    ].join("\n"),
  );
  return `${blocks.join("\n")}\n${findings.length} ${findings.length === 1 ? "finding" : "findings"}\n`;
}

async function printPolicy({ positionals, options, io }: Call): Promise<ExitCode> {
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
