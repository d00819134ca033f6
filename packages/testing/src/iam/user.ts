import { checkOptions, listOf, nested, optional, shape, type Shapes, text } from "@countersign/signer/options";
import { bare } from "../bare.ts";
import { refuseOption } from "../error.ts";
import { accountShape, policyShape, tagsShape } from "../shapes.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";
import type { Principal } from "./principal.ts";
import { allowEverything } from "./allow-everything.ts";

/** A user's MFA device. Each code is good once. */
export interface MfaDevice {
  /** Such as `arn:aws:iam::123456789012:mfa/alice`. */
  readonly serialNumber: string;
  /** The codes it shows. Default: any six digits. */
  readonly codes?: readonly string[] | undefined;
}

/** A user of the local AWS, as given. */
export interface UserSpec {
  /** Its name, the last part of its ARN. */
  readonly name: string;
  /** Default: the first account. */
  readonly accountId?: string | undefined;
  /** Fixed keys, for tests that write them down. Default: random ones. */
  readonly accessKeyId?: string | undefined;
  /** The secret of `accessKeyId`. */
  readonly secretAccessKey?: string | undefined;
  /** What the user may do. Default: everything. */
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  /** Limits what `policies` allow. Default: no boundary. */
  readonly permissionsBoundary?: PolicyDocument | string | undefined;
  /** Tags of the user. Default: none. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Its MFA device. Default: none. */
  readonly mfa?: MfaDevice | undefined;
}

const userShapes: Shapes<UserSpec> = {
  name: shape(
    "a user name of IAM: 1 to 64 letters, digits or +=,.@_-",
    (value) => typeof value === "string" && /^[\w+=,.@-]{1,64}$/.test(value),
  ),
  accountId: optional(accountShape),
  accessKeyId: optional(text),
  secretAccessKey: optional(text),
  policies: optional(listOf(policyShape)),
  permissionsBoundary: optional(policyShape),
  tags: tagsShape,
  mfa: optional(nested<MfaDevice>({ serialNumber: text, codes: optional(listOf(text)) })),
};

/** Checks a user's definition. */
export const checkUser = (spec: UserSpec, path: string): UserSpec =>
  checkOptions(spec, userShapes, refuseOption, `${path}.`);

/** The principal behind a user's long-term key. */
export function userPrincipal(given: UserSpec, accountId: string, userId: string): Principal {
  const spec = bare(given);
  const policies = (spec.policies ?? [allowEverything]).map((policy) => parsePolicy(policy, "identity"));
  const boundary =
    spec.permissionsBoundary === undefined ? undefined : parsePolicy(spec.permissionsBoundary, "identity");
  return {
    kind: "user",
    arn: `arn:aws:iam::${accountId}:user/${spec.name}`,
    userId,
    accountId,
    name: spec.name,
    policies: () => policies,
    boundary: () => boundary,
    tags: spec.tags ?? {},
    transitiveTagKeys: [],
  };
}
