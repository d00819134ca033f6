import { existsSync } from "node:fs";
import { type OpenResult, createGuard, toSarif } from "@countersign/guard";
import { type Verdict, judgeTemplate, withImageVerdicts } from "@countersign/guard/iac";
import { readChoice } from "../choice-option.ts";
import { usageError } from "../cli-error.ts";
import { type Call, type Command, type OptionValues, flag, text, texts } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { IMAGE_OPTIONS, readReports } from "../guard/image-options.ts";
import { toJUnit } from "../guard/junit.ts";
import { NETWORK_OPTIONS, readNetwork } from "../guard/network-options.ts";
import { readParameters } from "../guard/parameters.ts";
import { POLICY_KINDS, printPolicy } from "../guard/print-policy.ts";
import { readFiles } from "../guard/read-files.ts";
import { renderVerdicts } from "../guard/render.ts";
import { POSTURE_OPTION, readPosture } from "../posture-option.ts";
import { refuseOptions } from "../refuse-options.ts";
import { VERSION } from "../version.ts";
import { jsonText } from "../visible.ts";

export const guard: Command = {
  usage: "guard FILE… [options], or guard policy [--kind KIND]",
  details:
    "A file is a CloudFormation or SAM template, a plan from terraform show -json, a pipeline definition, CloudTrail events, or " +
    '{ "action": "CreateModel", "input": { … } }; with --action it is a bare input. A folder is a cdk.out.\n\n' +
    "Each resource is a finding, clean, or unjudged: a value is not known from the file. Findings exit with 1, and unjudged " +
    "resources too under private and locked. `guard policy` prints the same posture as policy for AWS to enforce.",
  operands: Number.POSITIVE_INFINITY,
  options: {
    action: { type: "string", value: "OPERATION", help: "the operation of files that hold a bare input" },
    parameters: {
      type: "string",
      multiple: true,
      value: "NAME=VALUE",
      help: "a parameter of the template or pipeline, or @FILE with several; may be repeated",
    },
    unjudged: {
      type: "string",
      value: "fail|warn",
      help: "whether unjudged resources exit with 1; default: fail under private and locked, warn under baseline",
    },
    ...POSTURE_OPTION,
    ...NETWORK_OPTIONS,
    ...IMAGE_OPTIONS,
    sarif: { type: "boolean", help: "findings and unjudged values as SARIF 2.1.0, for code scanning" },
    junit: { type: "boolean", help: "verdicts as JUnit XML, for pipelines" },
    kind: { type: "string", value: "KIND", help: `of policy: ${POLICY_KINDS.join(", ")}; default: iam` },
    organization: {
      type: "string",
      value: "ID",
      help: "of an RCP or endpoint policy: the organization, such as o-a1b2c3d4e5",
    },
    out: { type: "string", value: "FOLDER", help: "of policy: write each document into a file of this folder" },
    allow: { type: "string", multiple: true, value: "ACTION", help: "of a session policy: an action it allows" },
    resource: {
      type: "string",
      multiple: true,
      value: "ARN",
      help: "of a session policy: a resource it allows; default: *",
    },
  },
  examples: [
    "countersign guard template.yaml --posture private --parameters Subnet=subnet-0a1b2c3d",
    "countersign guard cdk.out --posture private --sarif > findings.sarif",
    "terraform show -json plan.out | countersign guard - --posture private --junit > guard.xml",
    "countersign guard --action CreateModel model.json",
    "countersign guard template.yaml --trivy trivy.json --severity CRITICAL",
    "countersign guard policy --kind scp --posture private --vpc-endpoint vpce-0a1b2c3d > scp.json",
    "countersign guard policy --kind rcp --posture private --vpc-endpoint vpce-0a1b2c3d --organization o-a1b2c3d4e5",
    "countersign guard policy --kind session --allow sagemaker:CreateTrainingJob --posture private",
  ],
  async run(call) {
    if (call.positionals[0] !== "policy" || call.isLiteral) return checkFiles(call);
    if (existsSync("policy")) call.io.stderr("note: nothing is judged; to judge the file policy, write ./policy\n");
    return printPolicy(call);
  },
};

const OF_POLICY = ["kind", "organization", "out", "allow", "resource"];
const FORMATS = ["sarif", "junit", "json"];

async function checkFiles({ positionals, options, io }: Call): Promise<ExitCode> {
  if (positionals.length === 0) throw usageError("guard: name a file, or - for standard input");
  refuseOptions("guard", options, OF_POLICY, "must come with guard policy; files are only judged");
  const [format, ...others] = FORMATS.filter((name) => flag(options, name));
  refuseOptions("guard", options, others, `must not come with --${format}; choose one format`);
  if (positionals.filter((name) => name === "-").length > 1) throw usageError("guard: - must be given once");
  const posture = readPosture(options);
  const unjudgedFails = readUnjudged(options, posture);
  const reports = readReports(options);
  const judge = createGuard({ posture, network: readNetwork(options), images: reports?.gate });
  const action = text(options, "action");
  const parameters = readParameters(texts(options, "parameters"));
  const resources = readFiles(positionals, { parameters, ...(action !== undefined && { action }) });
  const verdicts = judgeTemplate(
    judge,
    reports === undefined ? resources : await withImageVerdicts(reports.gate, resources),
  );
  const findings = verdicts.flatMap((verdict) => verdict.findings);
  if (findings.length === 0) await reports?.check();

  if (flag(options, "sarif")) {
    const unjudged = verdicts.flatMap(openResults);
    io.stdout(`${jsonText(toSarif(findings, { version: VERSION, unjudged }), 2)}\n`);
  } else if (flag(options, "junit")) io.stdout(toJUnit(verdicts, unjudgedFails));
  else if (flag(options, "json")) io.stdout(`${jsonText(verdicts.flatMap(itemsOf), 2)}\n`);
  else io.stdout(renderVerdicts(verdicts, positionals.length, io));
  const open = verdicts.some(({ unjudged }) => unjudged.length > 0);
  return findings.length > 0 || (open && unjudgedFails) ? EXIT.refused : EXIT.ok;
}

function readUnjudged(options: OptionValues, posture: string): boolean {
  return readChoice(options, "unjudged", ["fail", "warn"], posture === "baseline" ? "warn" : "fail") === "fail";
}

function openResults({ address, action, file, unjudged }: Verdict): readonly OpenResult[] {
  return unjudged.map(({ line, column, ...open }) => ({
    ...open,
    address,
    action,
    location: { file: file ?? "stdin", line, column },
  }));
}

/** A flat list: each finding and each unjudged rule, with its place. */
function itemsOf({ address, type, file, line, column, action, findings, unjudged }: Verdict): readonly object[] {
  const where = { address, type, file };
  return [
    ...findings.map(({ location, ...finding }) => ({
      verdict: "finding",
      ...finding,
      ...where,
      line: location?.line ?? line,
      column: location?.column ?? column,
    })),
    ...unjudged.map((open) => ({ verdict: "unjudged", action, ...open, ...where })),
  ];
}
