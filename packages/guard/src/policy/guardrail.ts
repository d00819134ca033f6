import { denyStatements } from "./deny.ts";
import type { EmittedPolicy } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import type { Held } from "./hold.ts";

/** Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. */
const MANAGED = 6_144;
/** Characters of an SCP: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html. */
const SCP = 5_120;

/** An identity policy that refuses what breaks the posture and grants nothing: to stand beside what grants. */
export function iamPolicy(held: Held): EmittedPolicy {
  return emitPolicy("IAM policy", MANAGED, denyStatements(held.byAction), held.gaps, ADVICE);
}

/** A service control policy of the same, for every principal of an account; it grants nothing either. */
export function scp(held: Held): EmittedPolicy {
  return emitPolicy("service control policy", SCP, denyStatements(held.byAction), held.gaps, ADVICE);
}

const ADVICE = "Name fewer subnets and security groups, or make a guard for each of two postures that share the rules.";
