import { TestingError } from "../error.ts";
import { isObject } from "../shapes.ts";

/** A value in a condition; numbers and booleans mean their text. */
export type ConditionValue = string | number | boolean;

/** By operator, then by condition key: the values, one of which must match. */
export type ConditionBlock = Readonly<
  Record<string, Readonly<Record<string, ConditionValue | readonly ConditionValue[]>>>
>;

/** Whom a trust policy means. */
export type PolicyPrincipal =
  | "*"
  | Readonly<Partial<Record<"AWS" | "Federated" | "Service" | "CanonicalUser", string | readonly string[]>>>;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html */
export interface PolicyStatement {
  readonly Sid?: string | undefined;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[] | undefined;
  readonly NotAction?: string | readonly string[] | undefined;
  readonly Resource?: string | readonly string[] | undefined;
  readonly NotResource?: string | readonly string[] | undefined;
  readonly Principal?: PolicyPrincipal | undefined;
  readonly NotPrincipal?: PolicyPrincipal | undefined;
  readonly Condition?: ConditionBlock | undefined;
}

/** An IAM policy: identity, session, trust or endpoint. */
export interface PolicyDocument {
  readonly Version?: "2012-10-17" | "2008-10-17" | undefined;
  readonly Id?: string | undefined;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** What a policy is attached to decides which elements it may have. */
export type PolicyKind = "identity" | "trust" | "resource";

const versions = new Set<unknown>(["2012-10-17", "2008-10-17"]);
const statementKeys = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
]);

/**
 * Reads a policy as IAM does when it is attached or handed to STS.
 *
 * @param kind `identity` policies name resources, `trust` policies principals, `resource` policies both.
 * @throws {TestingError} `INVALID_POLICY` with what is wrong with the document.
 */
export function parsePolicy(source: PolicyDocument | string, kind: PolicyKind): PolicyDocument {
  const document = parseJson(source);
  if (!isObject(document)) throw invalid("Syntax errors in policy: it is not an object.");
  for (const key of Object.keys(document)) {
    if (!["Version", "Id", "Statement"].includes(key))
      throw invalid(`Syntax errors in policy: unknown element ${key}.`);
  }
  if (document["Version"] !== undefined && !versions.has(document["Version"])) {
    throw invalid("Syntax errors in policy: Version must be 2012-10-17 or 2008-10-17.");
  }
  const statements = listOf(document["Statement"]);
  if (statements.length === 0) throw invalid("Syntax errors in policy: Statement is required.");
  for (const statement of statements) checkStatement(statement, kind);
  return document as unknown as PolicyDocument;
}

function checkStatement(statement: unknown, kind: PolicyKind): void {
  if (!isObject(statement)) throw invalid("Syntax errors in policy: a Statement is not an object.");
  const unknown = Object.keys(statement).find((key) => !statementKeys.has(key));
  if (unknown !== undefined) throw invalid(`Syntax errors in policy: unknown element ${unknown}.`);
  if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny") {
    throw invalid("Syntax errors in policy: Effect must be Allow or Deny.");
  }
  exactlyOne(statement, "Action", "NotAction");
  if (kind === "trust") {
    exactlyOne(statement, "Principal", "NotPrincipal");
    if ("Resource" in statement || "NotResource" in statement) throw invalid("Has prohibited field Resource.");
  } else {
    exactlyOne(statement, "Resource", "NotResource");
    if (kind === "resource") exactlyOne(statement, "Principal", "NotPrincipal");
    else if ("Principal" in statement || "NotPrincipal" in statement) {
      throw invalid("Policy document should not specify a principal.");
    }
  }
  for (const action of listOf(statement["Action"] ?? statement["NotAction"])) {
    if (typeof action !== "string" || !/^(?:\*|[\w*?-]+:[\w*?]+)$/.test(action)) {
      throw invalid("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
  }
  for (const resource of listOf(statement["Resource"] ?? statement["NotResource"])) {
    if (typeof resource !== "string" || !/^(?:\*|arn:|\$\{)/.test(resource)) {
      throw invalid(`Resource ${typeof resource === "string" ? resource : ""} must be in ARN format or "*".`);
    }
  }
}

function exactlyOne(statement: Readonly<Record<string, unknown>>, one: string, other: string): void {
  const given = [one, other].filter((key) => listOf(statement[key]).length > 0 || isObject(statement[key]));
  if (given.length !== 1) throw invalid(`Syntax errors in policy: exactly one of ${one} and ${other} is required.`);
}

/** What a policy element holds, one or several, as a list. */
export function listOf<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}

/** A copy, so that changes to the caller's object have no effect on a policy that was checked. */
function parseJson(source: PolicyDocument | string): unknown {
  try {
    return JSON.parse(typeof source === "string" ? source : JSON.stringify(source));
  } catch (cause) {
    throw new TestingError("INVALID_POLICY", "Syntax errors in policy: it is not JSON.", { cause });
  }
}

function invalid(message: string): TestingError {
  return new TestingError("INVALID_POLICY", message);
}
