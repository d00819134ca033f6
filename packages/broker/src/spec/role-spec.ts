import type { PolicyDocument } from "../model/policy.ts";
import type { Role } from "../model/role.ts";

/** Where one-time codes come from. */
export interface MfaSpec {
  /** Serial number of a hardware device, or ARN of a virtual one; 9-256 characters. */
  readonly serialNumber: string;
  /**
   * Asks for a code of six digits. Never called twice at once for one device, and never in the background. A code is
   * used once.
   */
  readonly code: () => Promise<string>;
}

/** Narrows a session below what the role may do. */
export interface SessionPolicySpec {
  /** Session policy; with `policyArns` at most 2,048 characters once minified. */
  readonly policy?: PolicyDocument | string | undefined;
  /** At most 10 managed policies as further session policies. */
  readonly policyArns?: readonly string[] | undefined;
}

/** Whose share of the limits a session counts against; part of the cache key. */
export interface TenantSpec {
  readonly tenant?: string | undefined;
}

/**
 * A session of `AssumeRole`. Two specs that mean the same session share it.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface RoleSpec extends SessionPolicySpec, TenantSpec {
  readonly roleArn: string;
  /** 2-1,224 characters. Chosen by you for each customer, never by the customer (confused deputy). */
  readonly externalId?: string | undefined;
  /** At most 50 session tags; keys of 1-128 characters that differ in more than case, values of 0-256. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Keys of `tags` that roles chained from this one inherit. */
  readonly transitiveTagKeys?: readonly string[] | undefined;
  /** 2-64 characters; stays with the session through every chained role. */
  readonly sourceIdentity?: string | undefined;
  /** 2-64 characters. Default: the broker's `sessionName`. */
  readonly sessionName?: string | undefined;
  /** 900-43,200 seconds, and at most what the role allows. Default 3,600. With `via` a role, clamped to 3,600. */
  readonly durationSeconds?: number | undefined;
  /** The role whose credentials assume this one. Default: the broker's source. */
  readonly via?: Role | undefined;
  readonly mfa?: MfaSpec | undefined;
}

/**
 * A session of `AssumeRoleWithWebIdentity`. One spec is one principal: make one for each user.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export interface WebIdentitySpec extends SessionPolicySpec, TenantSpec {
  readonly roleArn: string;
  /** Reads the token anew for each call of STS: a string could not be renewed (aws-sdk-js-v3#5270). */
  readonly token: () => string | Promise<string>;
  /**
   * Who the token speaks for, such as `<issuer> <subject>`: part of the cache key. Default: this very `token` function,
   * which keeps the session in this process.
   */
  readonly subject?: string | undefined;
  /** Host of an OAuth 2.0 provider; none for OpenID Connect. */
  readonly providerId?: string | undefined;
  readonly sessionName?: string | undefined;
  /** 900-43,200 seconds. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `AssumeRoleWithSAML`. One spec is one principal.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 */
export interface SamlSpec extends SessionPolicySpec, TenantSpec {
  readonly roleArn: string;
  /** ARN of the SAML provider in IAM. */
  readonly principalArn: string;
  /** Reads a base64 SAML response for each call of STS. */
  readonly assertion: () => string | Promise<string>;
  /** Who the assertion speaks for: part of the cache key. Default: this very `assertion` function. */
  readonly subject?: string | undefined;
  /** 900-43,200 seconds. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `GetSessionToken` for the IAM user who is the broker's source: one prompt for many roles.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export interface SessionTokenSpec extends TenantSpec {
  readonly mfa?: MfaSpec | undefined;
  /** 900-129,600 seconds. Default 43,200. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `GetFederationToken` for the IAM user who is the broker's source.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
export interface FederationTokenSpec extends SessionPolicySpec, TenantSpec {
  /** 2-32 characters. */
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** 900-129,600 seconds. Default 43,200. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `AssumeRoot` on a member account.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
 */
export interface AssumeRootSpec extends TenantSpec {
  /** The member account: 12 digits, or its ARN. */
  readonly targetPrincipal: string;
  /** One of AWS's root task policies, `arn:aws:iam::aws:policy/root-task/…`. */
  readonly taskPolicyArn: string;
  /** 1-900 seconds. Default 900. */
  readonly durationSeconds?: number | undefined;
  readonly via?: Role | undefined;
}
