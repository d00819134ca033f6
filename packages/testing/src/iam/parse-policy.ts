import { TestingError } from "../error.ts";
import { isObject } from "../shapes.ts";
import { isOperator } from "./condition-operator.ts";
import { listOf, type PolicyDocument } from "./policy-document.ts";

/** What a policy is attached to decides which elements it may have; `any`: every kind that names resources. */
export type PolicyKind = "identity" | "trust" | "resource" | "any";

type Fields = Readonly<Record<string, unknown>>;

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
const principalKeys = new Set(["AWS", "Federated", "Service", "CanonicalUser"]);

/**
 * Reads a policy as IAM does when it is attached or handed to STS. The result is a copy: later changes to the object that
 * was given have no effect.
 *
 * @param kind `identity` policies name resources, `trust` policies principals, `resource` policies both.
 * @throws {TestingError} `INVALID_POLICY` with what is wrong with the document.
 */
export function parsePolicy(source: PolicyDocument | string, kind: PolicyKind): PolicyDocument {
  const document = parseJson(source);
  if (isObject(document) && listOf(document["Statement"]).length === 0) {
    throw invalid("Syntax errors in policy: Statement is required.");
  }
  return checkPolicy(document, kind);
}

/**
 * Checks a policy that is only to be judged: one without statements says nothing.
 *
 * @throws {TestingError} `INVALID_POLICY`
 */
export function checkPolicy(document: unknown, kind: PolicyKind): PolicyDocument {
  if (!isObject(document)) throw invalid("Syntax errors in policy: it is not an object.");
  const unknown = Object.keys(document).find((key) => !["Version", "Id", "Statement"].includes(key));
  if (unknown !== undefined) throw invalid(`Syntax errors in policy: unknown element ${unknown}.`);
  if (document["Version"] !== undefined && !versions.has(document["Version"])) {
    throw invalid("Syntax errors in policy: Version must be 2012-10-17 or 2008-10-17.");
  }
  if (document["Statement"] === undefined || document["Statement"] === null)
    throw invalid("Syntax errors in policy: Statement is required.");
  const seen = new Set<unknown>();
  for (const statement of listOf(document["Statement"])) {
    checkStatement(statement, kind);
    const { Sid } = statement as Fields;
    if (Sid !== undefined && Sid !== "" && seen.has(Sid)) {
      throw invalid("Statement IDs (SID) in a single policy must be unique.");
    }
    seen.add(Sid);
  }
  return document as unknown as PolicyDocument;
}

function checkStatement(statement: unknown, kind: PolicyKind): void {
  if (!isObject(statement)) throw invalid("Syntax errors in policy: a Statement is not an object.");
  const unknown = Object.keys(statement).find((key) => !statementKeys.has(key));
  if (unknown !== undefined) throw invalid(`Syntax errors in policy: unknown element ${unknown}.`);
  if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny") {
    throw invalid("Syntax errors in policy: Effect must be Allow or Deny.");
  }
  checkSid(statement["Sid"], kind);
  exactlyOne(statement, "Action", "NotAction");
  if (kind === "any") {
    exactlyOne(statement, "Resource", "NotResource");
    atMostOne(statement, "Principal", "NotPrincipal");
  } else if (kind === "trust") {
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
    if (typeof action !== "string" || !/^(?:\*|\*:\*|[\w-]+:[\w*?]+)$/.test(action)) {
      throw invalid("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
  }
  for (const resource of listOf(statement["Resource"] ?? statement["NotResource"])) checkResource(resource);
  for (const name of ["Principal", "NotPrincipal"]) if (name in statement) checkPrincipal(statement[name]);
  if ("Condition" in statement) checkCondition(statement["Condition"]);
}

/** IAM takes letters and digits; resource-based policies of some services take more. */
function checkSid(sid: unknown, kind: PolicyKind): void {
  if (sid === undefined) return;
  if (typeof sid === "string" && (kind === "resource" || kind === "any" || /^[\dA-Za-z]*$/.test(sid))) return;
  throw invalid(
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  );
}

function checkResource(resource: unknown): void {
  const text = typeof resource === "string" ? resource : "";
  if (!/^(?:\*|arn:)/.test(text)) throw invalid(`Resource ${text} must be in ARN format or "*".`);
  // Variables may stand after the fifth colon only.
  if (/^[^:]*(?::[^:]*){0,4}\$\{/.test(text)) {
    throw invalid(`Resource ${text} must not have a policy variable before its fifth colon.`);
  }
}

function checkPrincipal(principal: unknown): void {
  if (principal === "*") return;
  const kinds = isObject(principal) ? Object.keys(principal) : [];
  const valid =
    kinds.length > 0 &&
    kinds.every((kind) => {
      const names = listOf((principal as Fields)[kind]);
      return principalKeys.has(kind) && names.length > 0 && names.every((name) => isPrincipal(kind, name));
    });
  if (!valid) throw invalid("Invalid principal in policy.");
}

/** An ARN of a principal has no wildcards. */
function isPrincipal(kind: string, name: unknown): boolean {
  if (typeof name !== "string" || name === "") return false;
  return kind !== "AWS" || name === "*" || /^(?:\d{12}|A[A-Z0-9]{15,}|arn:[^*?]+)$/.test(name);
}

function checkCondition(condition: unknown): void {
  if (!isObject(condition)) throw invalid("Syntax errors in policy: Condition is not an object.");
  for (const [operator, keys] of Object.entries(condition)) {
    if (!isOperator(operator)) throw invalid(`Invalid Condition type : ${operator}.`);
    if (!isObject(keys)) throw invalid(`Syntax errors in policy: ${operator} must hold condition keys.`);
    for (const [key, values] of Object.entries(keys)) {
      const valid = listOf(values).every((value) => ["string", "number", "boolean"].includes(typeof value));
      if (!valid) throw invalid(`Syntax errors in policy: ${key} must have texts, numbers or booleans as its values.`);
    }
  }
}

function exactlyOne(statement: Fields, one: string, other: string): void {
  if (given(statement, one, other) !== 1) {
    throw invalid(`Syntax errors in policy: exactly one of ${one} and ${other} is required.`);
  }
}

function atMostOne(statement: Fields, one: string, other: string): void {
  if (given(statement, one, other) > 1) {
    throw invalid(`Syntax errors in policy: only one of ${one} and ${other} is possible.`);
  }
}

function given(statement: Fields, one: string, other: string): number {
  return [one, other].filter((key) => listOf(statement[key]).length > 0).length;
}

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
