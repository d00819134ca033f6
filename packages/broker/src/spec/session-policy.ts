import { BrokerError } from "../errors/error.ts";
import { type Canonical, canonicalJson } from "./canonical-key.ts";
import type { PolicyDocument } from "../model/policy.ts";
import type { SessionPolicySpec } from "./role-spec.ts";
import { checkText, invalidSpec } from "./sts-limits.ts";
import type { StsInput } from "../sts/sts.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: policy and policy ARNs together. */
const CHARACTERS = 2048;
const POLICY_ARNS = 10;
const ALLOWED = /^[\t\n\r\u0020-\u00ff]*$/u;

/**
 * The session policy and the ARNs as STS takes them: minified, and the same text however the document was written, with
 * the order of its arrays kept.
 *
 * @throws BrokerError `INVALID_SPEC`.
 */
export function sessionPolicy({ policy, policyArns }: SessionPolicySpec): StsInput {
  const text = policy === undefined ? undefined : minified(policy);
  if (text !== undefined && !ALLOWED.test(text)) {
    throw invalidSpec("policy", "expected characters up to U+00FF; write others as * or ?");
  }
  if (policyArns !== undefined && !Array.isArray(policyArns)) throw invalidSpec("policyArns", "expected a list");
  const arns = [...new Set(policyArns ?? [])].toSorted((a, b) => (a < b ? -1 : 1));
  if (arns.length > POLICY_ARNS) throw invalidSpec("policyArns", `expected at most ${POLICY_ARNS}, got ${arns.length}`);
  for (const arn of arns) checkText("policyArn", arn, "policyArns");
  const size = (text?.length ?? 0) + arns.reduce((sum, arn) => sum + arn.length, 0);
  if (size > CHARACTERS) {
    throw invalidSpec(
      arns.length === 0 ? "policy" : "policy and policyArns",
      `expected at most ${CHARACTERS} characters without white space, got ${size}`,
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
    // The call stack ends before the limit of any policy's length does, but not before that of a string.
    throw new BrokerError("INVALID_SPEC", "policy: nested too deeply for a policy", { cause });
  }
}

function parse(policy: PolicyDocument | string): Canonical {
  let document: unknown;
  try {
    // Through JSON once: what cannot be written down is no part of a policy.
    document = JSON.parse(typeof policy === "string" ? policy : JSON.stringify(policy));
  } catch (cause) {
    throw new BrokerError("INVALID_SPEC", `policy: expected JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw invalidSpec("policy", "expected a policy document with a Statement");
  }
  return document as Canonical;
}
