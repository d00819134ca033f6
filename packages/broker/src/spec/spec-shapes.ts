import {
  callable,
  listOf,
  nested,
  oneOf,
  optional,
  type Shape,
  shape,
  type Shapes,
  text,
  unchecked,
} from "@countersign/signer/options";
import type {
  AssumeRootSpec,
  ContextSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionPolicySpec,
  SessionTokenSpec,
  TenantSpec,
  WebIdentitySpec,
  WebIdentityTokenSpec,
} from "./role-spec.ts";
import { duration, limited } from "./sts-limits.ts";

/*
 * The shapes of all specs. `unchecked` fields have checks of their own: policies in session-policy.ts, tags in
 * sts-limits.ts, and `via` must be a role of this broker.
 */

const tenant: Shapes<TenantSpec> = { tenant: optional(text) };

const policies: Shapes<SessionPolicySpec> = { policy: unchecked, policyArns: unchecked };

const mfa = optional(nested<MfaSpec>({ serialNumber: limited("mfa.serialNumber"), code: callable }));

/** A list of limited length. */
const few =
  (entry: Shape, least: number, most: number, unit: string): Shape =>
  (value, field, refuse) => {
    const list = listOf(entry)(value, field, refuse) as readonly unknown[];
    if (list.length >= least && list.length <= most) return list;
    return refuse(`${field}: must be ${least} to ${most} ${unit}, got ${list.length}`, field);
  };

const assertion = shape(
  "text of 4-2048 characters, or a function that returns it",
  (value) => typeof value === "function" || (typeof value === "string" && value.length >= 4 && value.length <= 2048),
);

const contexts = optional(
  few(
    nested<ContextSpec>({ providerArn: limited("contextProvider"), assertion, subject: optional(text) }),
    0,
    5,
    "contexts",
  ),
);

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
  contexts,
  issuer: optional(text),
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

const audience = shape(
  "text of 1-1000 characters",
  (value) => typeof value === "string" && value.length >= 1 && value.length <= 1000,
);

export const webIdentityTokenShapes: Shapes<WebIdentityTokenSpec> = {
  // One audience is a list of one.
  audience: (value, field, refuse) =>
    few(audience, 1, 10, "audiences")(typeof value === "string" ? [value] : value, field, refuse),
  tags: unchecked,
  lifetimeSeconds: duration("GetWebIdentityToken"),
  algorithm: optional(oneOf("RS256", "ES384")),
  via: unchecked,
  ...tenant,
};
