import { readFileSync } from "#platform/read-file";
import { checkOptions, contract, oneOf, optional, listOf, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import type { Guard } from "../guard.ts";
import { member } from "../evaluate/pointer.ts";
import { type NestedTemplate, type Verdict, judgeTemplate, readTemplate } from "./index.ts";

/** Options of `createCdkPlugin`. */
export interface CdkPluginOptions {
  /** Judges the templates. */
  readonly guard: Pick<Guard, "assess" | "posture">;
  /** Whether an unjudged resource fails the synthesis. Default: `fail`; under `baseline`, `warn`. */
  readonly unjudged?: "fail" | "warn" | undefined;
}

/** A resource of a template that breaks a rule, as the CDK reports it. */
export interface CdkViolatingResource {
  readonly resourceLogicalId: string;
  readonly templatePath: string;
  readonly locations: string[];
}

/** A broken rule, as the CDK reports it. */
export interface CdkViolation {
  readonly ruleName: string;
  readonly description: string;
  readonly fix: string;
  readonly severity: string;
  readonly ruleMetadata: Record<string, string>;
  readonly violatingResources: CdkViolatingResource[];
}

/** A plugin for `policyValidationBeta1` of the CDK. It has the CDK's own shape, so the CDK is not a dependency. */
export interface CdkPlugin {
  readonly name: string;
  readonly ruleIds: string[];
  validate(context: {
    readonly templatePaths: readonly string[];
    /** Newer releases of the CDK say where each stack will be. */
    readonly stackTemplates?: readonly {
      readonly templatePath: string;
      readonly accountId?: string | undefined;
      readonly region?: string | undefined;
    }[];
  }): {
    readonly success: boolean;
    readonly violations: CdkViolation[];
  };
}

/**
 * Makes a plugin that judges the templates of an app when it is synthesised.
 *
 * @throws GuardError `INVALID_OPTION`.
 * @see https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
 * @example
 * const guard = createGuard({ posture: "private" });
 * new App({ policyValidationBeta1: [createCdkPlugin({ guard })] });
 */
export function createCdkPlugin(options: CdkPluginOptions): CdkPlugin {
  const { guard, unjudged } = checkOptions<CdkPluginOptions>(
    options,
    { guard: contract("a guard from createGuard", "assess"), unjudged: optional(oneOf("fail", "warn")) },
    refuseOption,
  );
  const unjudgedFails = (unjudged ?? (guard.posture.name === "baseline" ? "warn" : "fail")) === "fail";
  return {
    name: "countersign-guard",
    ruleIds: guard.posture.rules.map(({ id }) => id),
    validate(context) {
      contract("the context that the CDK gives")(context, "context", refuseOption);
      // The CDK decides what else its context has: 2.276 has stackTemplates.
      const templatePaths = listOf(text)(context.templatePaths, "context.templatePaths", refuseOption) as string[];
      const violations = templatePaths.flatMap((path) => {
        const parameters = environmentOf(context.stackTemplates, path);
        const resources = readTemplate(readFileSync(path), { file: path, parameters, nested: readBeside });
        return judgeTemplate(guard, resources).flatMap((verdict) => [
          ...verdict.findings.map((finding) =>
            violation(verdict, path, finding.rule, finding.path, {
              description: finding.message,
              fix: finding.fix,
              severity: finding.severity,
              references: finding.references.join(", "),
            }),
          ),
          ...(unjudgedFails ? verdict.unjudged : []).map((open) =>
            violation(verdict, path, open.rule, open.path, {
              description: `The value is not known from the template: ${open.expression}.`,
              fix: `It is decided by ${open.decidedBy}.`,
              severity: "unjudged",
              references: "",
            }),
          ),
        ]);
      });
      return { success: violations.length === 0, violations };
    },
  };
}

/** The pseudo parameters of a stack, as far as the CDK knows where it will be. */
function environmentOf(stacks: unknown, path: string): Record<string, string> {
  const found = Array.isArray(stacks)
    ? (stacks as readonly unknown[]).find((stack) => member(stack, "templatePath") === path)
    : undefined;
  const known = { "AWS::AccountId": member(found, "accountId"), "AWS::Region": member(found, "region") };
  return Object.fromEntries(
    Object.entries(known).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

/** The CDK writes the template of a nested stack into the folder of the template that nests it. */
function readBeside(path: string, from = ""): NestedTemplate | undefined {
  const file = from.replace(/[^/\\]*$/, "") + path;
  try {
    return { file, bytes: readFileSync(file) };
  } catch {
    return undefined;
  }
}

/** The name of a resource in its own template: those of the stacks around it, and the part of it that was judged, left out. */
function logicalIdOf(address: string): string {
  return (
    address
      .replace(/\/ModelPackageGroupPolicy$/, "")
      .split("/")
      .at(-1) ?? address
  );
}

function violation(
  { address, file }: Verdict,
  templatePath: string,
  ruleName: string,
  pointer: string,
  told: { readonly description: string; readonly fix: string; readonly severity: string; readonly references: string },
): CdkViolation {
  const { description, fix, severity, references } = told;
  return {
    ruleName,
    description,
    fix,
    severity,
    ruleMetadata: references === "" ? {} : { references },
    violatingResources: [
      {
        resourceLogicalId: logicalIdOf(address),
        templatePath: file ?? templatePath,
        locations: [`Properties${pointer}`],
      },
    ],
  };
}
