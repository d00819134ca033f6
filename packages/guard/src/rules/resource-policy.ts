import { parseJson } from "../call/json.ts";
import { member } from "../evaluate/pointer.ts";

/** The largest resource policy that SageMaker takes: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html. */
const MAX_POLICY = 20_480;

/** Why a resource policy opens a resource to every account; `undefined` when it names who may use it. */
export function publicFault(value: unknown): string | undefined {
  if (typeof value !== "string") return "it is missing";
  if (value.length > MAX_POLICY) return `it has more than ${MAX_POLICY} characters`;
  const parsed = parseJson(value);
  if (parsed === undefined) return "it is not JSON, or names a member twice";
  const statements = [member(parsed.value, "Statement")].flat();
  if (statements.some((statement) => typeof statement !== "object" || statement === null))
    return "it has no list of statements";
  return statements.some(opens) ? "a statement allows every principal, without a condition" : undefined;
}

/** An Allow with `NotPrincipal` allows every principal except the named ones. */
function opens(statement: unknown): boolean {
  if (member(statement, "Effect") !== "Allow") return false;
  if (member(statement, "NotPrincipal") !== undefined) return true;
  const principal = member(statement, "Principal");
  const named = typeof principal === "object" && principal !== null ? Object.values(principal).flat() : [principal];
  if (!named.includes("*") && principal !== undefined) return false;
  const conditions = member(statement, "Condition");
  return typeof conditions !== "object" || conditions === null || Object.keys(conditions).length === 0;
}
