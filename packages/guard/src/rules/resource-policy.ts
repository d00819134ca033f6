import { parseJson } from "../call/json.ts";
import { member } from "../evaluate/pointer.ts";
import { quote } from "../quote.ts";

/** The largest resource policy that SageMaker takes: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html. */
const MAX_POLICY = 20_480;

/** The elements of a statement, as IAM writes them. */
const elements: ReadonlySet<string> = new Set(
  "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);

/** Why a resource policy opens a resource to every account; `undefined` when it names who may use it. */
export function publicFault(value: unknown): string | undefined {
  if (typeof value !== "string") return "it is missing";
  if (value.length > MAX_POLICY) return `it has more than ${MAX_POLICY} characters`;
  const parsed = parseJson(value);
  if (parsed === undefined) return "it is not JSON, or names a member twice";
  const statements = [member(parsed.value, "Statement")].flat();
  for (const statement of statements) {
    if (typeof statement !== "object" || statement === null) return "it has no list of statements";
    const stray = Object.keys(statement).find((name) => !elements.has(name));
    if (stray !== undefined) return `a statement has the element ${quote(stray)}, which no rule knows`;
    const effect = member(statement, "Effect");
    if (effect !== "Allow" && effect !== "Deny") return "a statement has an Effect other than Allow and Deny";
    if (effect === "Allow" && opens(statement))
      return "a statement allows every principal, and no condition says which of them";
  }
  return undefined;
}

/** An Allow with `NotPrincipal` allows every principal except the named ones. */
function opens(statement: object): boolean {
  if (member(statement, "NotPrincipal") !== undefined) return true;
  const principal = member(statement, "Principal");
  const named = typeof principal === "object" && principal !== null ? Object.values(principal).flat() : [principal];
  if (!named.includes("*") && principal !== undefined) return false;
  return !Object.entries(member(statement, "Condition") ?? {}).some(([operator, keys]) => {
    const compared = Object.entries(typeof keys === "object" && keys !== null ? (keys as object) : {});
    return compared.some(([key, values]) => narrows(operator, key, [values].flat()));
  });
}

/**
 * Keys that say who calls or from where; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
 * Others, such as `aws:SecureTransport`, are true for callers of every account.
 */
const callerKeys: ReadonlySet<string> = new Set(
  `principalaccount principalarn principalorgid principalorgpaths sourceaccount sourcearn sourceip sourceorgid sourceorgpaths
  sourcevpc sourcevpcarn sourcevpce userid username vpcsourceip`
    .split(/\s+/)
    .map((name) => `aws:${name}`),
);

/** Operators that an absent key does not meet. */
const positive = /^(?:ForAnyValue:)?(?:(String(?:Equals(?:IgnoreCase)?))|(StringLike|Arn(?:Equals|Like))|IpAddress)$/;

/** Whether a condition leaves only callers that its values name. */
function narrows(operator: string, key: string, values: readonly unknown[]): boolean {
  const [matched, exact, pattern] = positive.exec(operator) ?? [];
  if (matched === undefined || !callerKeys.has(key.toLowerCase()) || values.length === 0) return false;
  return values.every((value) => {
    if (typeof value !== "string") return false;
    if (exact !== undefined) return true;
    if (pattern === undefined) return isNarrowNetwork(value);
    return !/[*?]/.test(value) || /(?:^|:)\d{12}(?:$|[:/])|^o-[a-z0-9]{10,32}\//.test(value);
  });
}

/** A network of some size; `0.0.0.0/0`, or the two halves of it, is every address. */
function isNarrowNetwork(cidr: string): boolean {
  const [, address = "", bits = address.includes(":") ? "128" : "32"] = /^([^/]+)(?:\/(\d+))?$/.exec(cidr) ?? [];
  return address !== "" && Number(bits) >= (address.includes(":") ? 32 : 8);
}
