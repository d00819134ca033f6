import { TestingError } from "../error.ts";
import { uniqueId } from "./access-keys.ts";
import { parsePolicy, type PolicyDocument } from "./policy-document.ts";

/** A role of the local AWS, as given. */
export interface RoleSpec {
  /** Such as `arn:aws:iam::123456789012:role/worker`; a bare name stands for a role of the first account. */
  readonly arn: string;
  /** Who may assume it. Default: its own account, with tags and source identity. */
  readonly trustPolicy?: PolicyDocument | string | undefined;
  /** What its sessions may do. Default: everything. */
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  /** Longest session in seconds, 3600 to 43200. Default: IAM's own, 3600. */
  readonly maxSessionDuration?: number | undefined;
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
  readonly maxSessionDuration: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Allows everything: what users and roles may do unless told otherwise. */
export const allowEverything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};

const roleArn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/([\u0021-\u007E]*\/)?([\w+=,.@-]{1,64})$/;

/**
 * Reads a role's definition.
 *
 * @throws {TestingError} `INVALID_OPTION` for what is no role ARN or no duration, `INVALID_POLICY` for a policy.
 */
export function createRole(spec: RoleSpec, roleId: string = uniqueId("AROA")): Role {
  const [, partition, accountId = "", , name = ""] = roleArn.exec(spec.arn) ?? [];
  if (partition === undefined) {
    throw new TestingError("INVALID_OPTION", `roles: ${JSON.stringify(spec.arn)} is not the ARN of an IAM role.`);
  }
  const { maxSessionDuration = 3600 } = spec;
  if (!Number.isInteger(maxSessionDuration) || maxSessionDuration < 3600 || maxSessionDuration > 43_200) {
    throw new TestingError(
      "INVALID_OPTION",
      `roles: maxSessionDuration of ${spec.arn} must be 3600 to 43200 seconds, not ${maxSessionDuration}.`,
    );
  }
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
    maxSessionDuration,
    tags: spec.tags ?? {},
  };
}
