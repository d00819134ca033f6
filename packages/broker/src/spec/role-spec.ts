import type { PolicyDocument } from "../model/policy.ts";
import type { Role } from "../model/role.ts";

/** A device for one-time codes. */
export interface MfaSpec {
  /** Serial number of a hardware device, or ARN of a virtual one; 9-256 characters. */
  readonly serialNumber: string;
  /**
   * Returns a code of six digits. Called once at a time for one device, and never in the background. A code is used
   * once.
   */
  readonly code: () => Promise<string>;
}

/** Limits a session to a part of the permissions of the role. */
export interface SessionPolicySpec {
  /** Session policy; with `policyArns` at most 2,048 characters once minified. */
  readonly policy?: PolicyDocument | string | undefined;
  /** At most 10 managed policies as further session policies. */
  readonly policyArns?: readonly string[] | undefined;
}

/**
 * What an identity provider asserts about a user, for trusted identity propagation.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_ProvidedContext.html
 */
export interface ContextSpec {
  /** `arn:aws:iam::aws:contextProvider/IdentityCenter` for IAM Identity Center. */
  readonly providerArn: string;
  /** The assertion, 4-2,048 characters; or a function that returns it, called for each call of STS. */
  readonly assertion: string | (() => string | Promise<string>);
  /**
   * The user that the assertion is about: part of the cache key. Default: the hash of the assertion, or the identity of
   * the `assertion` function, which keeps the session in this process.
   */
  readonly subject?: string | undefined;
}

/** The tenant whose share of the limits the session uses; part of the cache key. */
export interface TenantSpec {
  /** A name for one of your customers. Default: no tenant. */
  readonly tenant?: string | undefined;
}

/**
 * A session of `AssumeRole`. Equal specs share one session.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface RoleSpec extends SessionPolicySpec, TenantSpec {
  /** The role to assume. */
  readonly roleArn: string;
  /** 2-1,224 characters. Choose one for each customer; a customer who chooses it defeats it (confused deputy). */
  readonly externalId?: string | undefined;
  /** At most 50 session tags; keys of 1-128 characters that differ in more than case, values of 0-256. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Keys of `tags` that chained roles inherit. */
  readonly transitiveTagKeys?: readonly string[] | undefined;
  /** 2-64 characters; every chained role keeps it. */
  readonly sourceIdentity?: string | undefined;
  /** 2-64 characters. Default: the broker's `sessionName`. */
  readonly sessionName?: string | undefined;
  /** 900-43,200 seconds, at most the maximum of the role. Default 3,600. With a role as `via`, clamped to 3,600. */
  readonly durationSeconds?: number | undefined;
  /** The role whose credentials assume this one. Default: the broker's source. */
  readonly via?: Role | undefined;
  /** Asks for a one-time code of this device. Default: no code. */
  readonly mfa?: MfaSpec | undefined;
  /** At most 5. Make one spec for each user: the contexts are part of the cache key. */
  readonly contexts?: readonly ContextSpec[] | undefined;
  /**
   * The identity provider that vouches for the caller, such as `iss` of a token: part of the cache key. Callers and tenants
   * of two providers can have the same name. It is not sent to STS. Default: none.
   */
  readonly issuer?: string | undefined;
}

/**
 * A session of `AssumeRoleWithWebIdentity`. One spec stands for one principal: make one for each user.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export interface WebIdentitySpec extends SessionPolicySpec, TenantSpec {
  /** The role to assume. */
  readonly roleArn: string;
  /** Returns the token; called for each call of STS, since a fixed token could not be renewed (aws-sdk-js-v3#5270). */
  readonly token: () => string | Promise<string>;
  /**
   * The principal of the token, such as `<issuer> <subject>`: part of the cache key. Default: the identity of the `token`
   * function, which keeps the session in this process.
   */
  readonly subject?: string | undefined;
  /** Host of an OAuth 2.0 provider. Leave it out for OpenID Connect. */
  readonly providerId?: string | undefined;
  /** 2-64 characters. Default: the broker's `sessionName`. */
  readonly sessionName?: string | undefined;
  /** 900-43,200 seconds. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `AssumeRoleWithSAML`. One spec stands for one principal.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 */
export interface SamlSpec extends SessionPolicySpec, TenantSpec {
  /** The role to assume. */
  readonly roleArn: string;
  /** ARN of the SAML provider in IAM. */
  readonly principalArn: string;
  /** Returns a SAML response in base64; called for each call of STS. */
  readonly assertion: () => string | Promise<string>;
  /** The principal of the assertion: part of the cache key. Default: the identity of the `assertion` function. */
  readonly subject?: string | undefined;
  /** 900-43,200 seconds. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `GetSessionToken` for the IAM user whose keys are the broker's source: one prompt for many roles.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export interface SessionTokenSpec extends TenantSpec {
  /** Asks for a one-time code of this device. Default: no code. */
  readonly mfa?: MfaSpec | undefined;
  /** 900-129,600 seconds. Default 43,200. */
  readonly durationSeconds?: number | undefined;
}

/**
 * A session of `GetFederationToken` for the IAM user whose keys are the broker's source.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
export interface FederationTokenSpec extends SessionPolicySpec, TenantSpec {
  /** 2-32 characters. */
  readonly name: string;
  /** At most 50 session tags. Default: none. */
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
  /** The role whose credentials call `AssumeRoot`. Default: the broker's source. */
  readonly via?: Role | undefined;
}

/**
 * A token of `GetWebIdentityToken`: it tells services outside AWS who the caller is.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 */
export interface WebIdentityTokenSpec extends TenantSpec {
  /** For whom the token is: 1-10 texts of 1-1,000 characters. */
  readonly audience: string | readonly string[];
  /** At most 50 tags, which become claims of the token. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** 60-3,600 seconds. Default 300. */
  readonly lifetimeSeconds?: number | undefined;
  /** Default `RS256`, which every verifier of JSON Web Tokens knows. */
  readonly algorithm?: "RS256" | "ES384" | undefined;
  /** The role whose credentials ask for the token. Default: the broker's source. */
  readonly via?: Role | undefined;
}
