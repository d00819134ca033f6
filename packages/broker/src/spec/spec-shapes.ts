import { callable, nested, optional, type Shapes, text, unchecked } from "@countersign/signer/options";
import type {
  AssumeRootSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionPolicySpec,
  SessionTokenSpec,
  TenantSpec,
  WebIdentitySpec,
} from "./role-spec.ts";
import { duration, limited } from "./sts-limits.ts";

/*
 * The shapes of all specs. `unchecked` fields have checks of their own: policies in session-policy.ts, tags in
 * sts-limits.ts, and `via` must be a role of this broker.
 */

const tenant: Shapes<TenantSpec> = { tenant: optional(text) };

const policies: Shapes<SessionPolicySpec> = { policy: unchecked, policyArns: unchecked };

const mfa = optional(nested<MfaSpec>({ serialNumber: limited("mfa.serialNumber"), code: callable }));

export const roleShapes: Shapes<RoleSpec> = {
  roleArn: limited("roleArn"),
  externalId: optional(limited("externalId")),
  tags: unchecked,
  transitiveTagKeys: unchecked,
  sourceIdentity: optional(limited("sourceIdentity")),
  sessionName: optional(limited("sessionName")),
  durationSeconds: optional(duration("AssumeRole")),
  via: unchecked,
  mfa,
  ...policies,
  ...tenant,
};

export const webIdentityShapes: Shapes<WebIdentitySpec> = {
  roleArn: limited("roleArn"),
  token: callable,
  subject: optional(text),
  providerId: optional(limited("providerId")),
  sessionName: optional(limited("sessionName")),
  durationSeconds: duration("AssumeRoleWithWebIdentity"),
  ...policies,
  ...tenant,
};

export const samlShapes: Shapes<SamlSpec> = {
  roleArn: limited("roleArn"),
  principalArn: limited("principalArn"),
  assertion: callable,
  subject: optional(text),
  durationSeconds: duration("AssumeRoleWithSAML"),
  ...policies,
  ...tenant,
};

export const sessionTokenShapes: Shapes<SessionTokenSpec> = {
  mfa,
  durationSeconds: duration("GetSessionToken"),
  ...tenant,
};

export const federationTokenShapes: Shapes<FederationTokenSpec> = {
  name: limited("name"),
  tags: unchecked,
  durationSeconds: duration("GetFederationToken"),
  ...policies,
  ...tenant,
};

export const assumeRootShapes: Shapes<AssumeRootSpec> = {
  targetPrincipal: limited("targetPrincipal"),
  taskPolicyArn: limited("taskPolicyArn"),
  durationSeconds: duration("AssumeRoot"),
  via: unchecked,
  ...tenant,
};
