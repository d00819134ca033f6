/** What a session may do: one statement of its session policy. */
export interface GrantStatement {
  /** IAM actions such as `sagemaker:InvokeEndpoint`. No wildcard for a whole service, nothing of `iam` or `sts`. */
  readonly actions: readonly string[];
  /**
   * ARNs. `{claim}` stands for a claim of the caller's token, such as `{sub}`: its value becomes part of the ARN, never
   * of the ARN's structure.
   */
  readonly resources: readonly string[];
}

/** The session behind a grant, whoever asks for it. */
export interface GrantSession {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  /** What the session may do; the role itself is the upper bound. */
  readonly allow?: readonly GrantStatement[] | undefined;
  /** 900-3,600 seconds. Default: 900 for browsers, 3,600 otherwise. */
  readonly durationSeconds?: number | undefined;
}

/** Credentials for a web page, given to the bearer of a token of the identity provider. */
export interface BrowserGrant extends GrantSession {
  readonly kind: "browser";
  readonly allow: readonly GrantStatement[];
  /** Claims a token must hold, by exact value. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
  /** Session tags taken from claims: tag key to claim. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The claim that names the tenant whose share of the limits is used. */
  readonly tenantClaim?: string | undefined;
}

/** Credentials for a container, given to whoever knows one of the tokens. */
export interface ContainerGrant extends GrantSession {
  readonly kind: "container";
  /** SHA-256 of each accepted token, hex; two while a token is being changed. The tokens themselves are not kept. */
  readonly tokenSha256: readonly string[];
}

/** Credentials for a service that proves who it is with a signed GetCallerIdentity. */
export interface MachineGrant extends GrantSession {
  readonly kind: "machine";
  /** ARNs of the IAM users and roles that may have it; a session counts as its role. */
  readonly principals: readonly string[];
}

/** One thing that can be vended, by the name under which callers ask for it. Callers choose nothing else. */
export type Grant = BrowserGrant | ContainerGrant | MachineGrant;
