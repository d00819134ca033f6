import { checkOptions, type Shapes, listOf, optional, text, wholeNumber } from "@countersign/signer/options";
import { bare } from "../bare.ts";
import { refuseOption } from "../error.ts";
import { policyShape, tagsShape } from "../shapes.ts";
import { allowEverything } from "./allow-everything.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** A role of the local AWS, as given. */
export interface RoleSpec {
  /** Such as `arn:aws:iam::123456789012:role/worker`; a bare name stands for a role of the first account. */
  readonly arn: string;
  /** Who may assume it. Default: its own account, with tags and source identity. */
  readonly trustPolicy?: PolicyDocument | string | undefined;
  /** What its sessions may do. Default: everything. */
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  /** Limits what `policies` allow. Default: no boundary. */
  readonly permissionsBoundary?: PolicyDocument | string | undefined;
  /** Longest session in seconds, 3600 to 43200. Default: IAM's own, 3600. */
  readonly maxSessionDuration?: number | undefined;
  /** Tags of the role. Default: none. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** A role as IAM keeps it. */
export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly roleId: string;
  readonly accountId: string;
  readonly trustPolicy: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  readonly permissionsBoundary: PolicyDocument | undefined;
  readonly maxSessionDuration: number;
  readonly tags: Readonly<Record<string, string>>;
}

const changeShapes: Shapes<Omit<RoleSpec, "arn">> = {
  trustPolicy: optional(policyShape),
  policies: optional(listOf(policyShape)),
  permissionsBoundary: optional(policyShape),
  maxSessionDuration: optional(wholeNumber(3600, 43_200, "seconds")),
  tags: tagsShape,
};
const roleShapes: Shapes<RoleSpec> = { arn: text, ...changeShapes };

/** Checks a role's definition, or what `update` changes of it. */
export const checkRole = (spec: RoleSpec, path: string): RoleSpec =>
  checkOptions(spec, roleShapes, refuseOption, `${path}.`);
export const checkRoleChange = (spec: Omit<RoleSpec, "arn">): Omit<RoleSpec, "arn"> =>
  checkOptions(spec, changeShapes, refuseOption);

const roleArn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/([\u0021-\u007E]*\/)?([\w+=,.@-]{1,64})$/;

/**
 * Reads a role's definition.
 *
 * @param given checked already.
 * @throws {TestingError} `INVALID_OPTION` for an invalid ARN, `INVALID_POLICY` for an invalid policy.
 */
export function createRole(given: RoleSpec, roleId: string): Role {
  const spec = bare(given);
  const [, partition, accountId = "", , name = ""] = roleArn.exec(spec.arn) ?? [];
  if (partition === undefined) {
    refuseOption(`roles: must be names or ARNs of IAM roles, such as arn:aws:iam::123456789012:role/worker`);
  }
  const { maxSessionDuration = 3600 } = spec;
  const trustsItsAccount: PolicyDocument = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    },
  };
  return {
    arn: spec.arn,
    name,
    roleId,
    accountId,
    trustPolicy: parsePolicy(spec.trustPolicy ?? trustsItsAccount, "trust"),
    policies: (spec.policies ?? [allowEverything]).map((policy) => parsePolicy(policy, "identity")),
    permissionsBoundary:
      spec.permissionsBoundary === undefined ? undefined : parsePolicy(spec.permissionsBoundary, "identity"),
    maxSessionDuration,
    tags: spec.tags ?? {},
  };
}
