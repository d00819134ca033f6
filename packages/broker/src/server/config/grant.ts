/** What a session may do: one statement of its session policy. */
export interface GrantStatement {
  /** IAM actions such as `sagemaker:InvokeEndpoint`. No wildcard for a whole service, nothing of `iam` or `sts`. */
  readonly actions: readonly string[];
  /**
   * ARNs. `{claim}` stands for a claim of the caller's token, such as `{sub}`. Its value can never add parts to the ARN.
   * Two claims must not be in one part.
   */
  readonly resources: readonly string[];
}

/** The session of a grant. */
export interface GrantSession {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  /** What the session may do, within the permissions of the role. */
  readonly allow?: readonly GrantStatement[] | undefined;
  /** 900-3,600 seconds. Default: 900 for browsers, 3,600 otherwise. */
  readonly durationSeconds?: number | undefined;
}

/** Credentials for a web page with a bearer token of the identity provider. */
export interface BrowserGrant extends GrantSession {
  readonly kind: "browser";
  readonly allow: readonly GrantStatement[];
  /** Claims that a token must have, with their exact values. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
  /** Session tags from claims: tag key to claim name. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The claim with the tenant whose share of the limits the session uses. */
  readonly tenantClaim?: string | undefined;
}

/** Credentials for a container with one of the tokens. */
export interface ContainerGrant extends GrantSession {
  readonly kind: "container";
  /** SHA-256 of each accepted token, in hex; two while a token is being changed. The tokens themselves are not stored. */
  readonly tokenSha256: readonly string[];
}

/** Credentials for a service that proves its identity with a signed GetCallerIdentity. */
export interface MachineGrant extends GrantSession {
  readonly kind: "machine";
  /** ARNs of the IAM users and roles that get the session; a session of a role counts as the role. */
  readonly principals: readonly string[];
}

/** A named grant. Callers choose its name and nothing else. */
export type Grant = BrowserGrant | ContainerGrant | MachineGrant;
