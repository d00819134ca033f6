import { TestingError } from "../error.ts";
import { uniqueId } from "./access-keys.ts";
import { parsePolicy, type PolicyDocument } from "./policy-document.ts";
import type { Principal } from "./principal.ts";
import { allowEverything } from "./role.ts";

/** A user's MFA device. Each code is good once. */
export interface MfaDevice {
  /** Such as `arn:aws:iam::123456789012:mfa/alice`. */
  readonly serialNumber: string;
  /** The codes it shows. Default: any six digits. */
  readonly codes?: readonly string[] | undefined;
}

/** A user of the local AWS, as given. */
export interface UserSpec {
  readonly name: string;
  /** Default: the first account. */
  readonly accountId?: string | undefined;
  /** Fixed keys, for tests that write them down. Default: random ones. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  /** What the user may do. Default: everything. */
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly mfa?: MfaDevice | undefined;
}

/** The principal behind a user's long-term key. */
export function userPrincipal(spec: UserSpec, accountId: string): Principal {
  if (!/^[\w+=,.@-]{1,64}$/.test(spec.name)) {
    throw new TestingError("INVALID_OPTION", `users: ${JSON.stringify(spec.name)} is not a user name of IAM.`);
  }
  const policies = (spec.policies ?? [allowEverything]).map((policy) => parsePolicy(policy, "identity"));
  return {
    kind: "user",
    arn: `arn:aws:iam::${accountId}:user/${spec.name}`,
    userId: uniqueId("AIDA"),
    accountId,
    name: spec.name,
    policies: () => policies,
    tags: spec.tags ?? {},
    transitiveTagKeys: [],
  };
}
