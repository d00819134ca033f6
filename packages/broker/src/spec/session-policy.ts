import { BrokerError } from "../errors/error.ts";
import { type Canonical, canonicalJson } from "./canonical-key.ts";
import type { PolicyDocument } from "../model/policy.ts";
import type { SessionPolicySpec } from "./role-spec.ts";
import { refuseSpec } from "../errors/refuse.ts";
import { invalidSpec, limited } from "./sts-limits.ts";
import type { StsInput } from "../sts/sts.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: policy and policy ARNs together. */
const MAX_CHARACTERS = 2048;
const MAX_POLICY_ARNS = 10;
const ALLOWED = /^[\t\n\r\u0020-\u00ff]*$/u;

/**
 * The session policy and the ARNs as parameters of STS. The policy is minified with sorted fields, so equal documents
 * become equal text; arrays keep their order.
 *
 * @throws BrokerError `INVALID_SPEC`.
 */
export function sessionPolicy({ policy, policyArns }: SessionPolicySpec): StsInput {
  const text = policy === undefined ? undefined : minified(policy);
  if (text !== undefined && !ALLOWED.test(text)) {
    throw invalidSpec("policy", "must have characters up to U+00FF only; write others as * or ?");
  }
  if (policyArns !== undefined && !Array.isArray(policyArns)) throw invalidSpec("policyArns", "must be a list of ARNs");
  const arns = [...new Set(policyArns ?? [])].toSorted((a, b) => (a < b ? -1 : 1));
  if (arns.length > MAX_POLICY_ARNS)
    throw invalidSpec("policyArns", `must be at most ${MAX_POLICY_ARNS}, got ${arns.length}`);
  for (const arn of arns) limited("policyArn")(arn, "policyArns", refuseSpec);
  const size = (text?.length ?? 0) + arns.reduce((sum, arn) => sum + arn.length, 0);
  if (size > MAX_CHARACTERS) {
    throw invalidSpec(
      arns.length === 0 ? "policy" : "policy and policyArns",
      `must be at most ${MAX_CHARACTERS} characters without white space, got ${size}`,
    );
  }
  return {
    ...(text !== undefined && { Policy: text }),
    ...(arns.length > 0 && { PolicyArns: arns.map((arn) => ({ arn })) }),
  };
}

function minified(policy: PolicyDocument | string): string {
  const document = parse(policy);
  try {
    return canonicalJson(document);
  } catch (cause) {
    // A deep enough string exhausts the call stack.
    throw new BrokerError("INVALID_SPEC", "policy: must be nested less deeply", { cause });
  }
}

function parse(policy: PolicyDocument | string): Canonical {
  let document: unknown;
  try {
    // Through JSON once, so that values which JSON cannot represent are left out.
    document = JSON.parse(typeof policy === "string" ? policy : JSON.stringify(policy));
  } catch {
    throw new BrokerError("INVALID_SPEC", "policy: must be valid JSON");
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw invalidSpec("policy", "must be a policy document with a Statement");
  }
  return document as Canonical;
}
