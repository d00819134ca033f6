/** What a session may do: one statement of its session policy. */
export interface GrantStatement {
  /** IAM actions such as `sagemaker:InvokeEndpoint`. No wildcard for a whole service, nothing of `iam` or `sts`. */
  readonly actions: readonly string[];
  /**
   * ARNs. `{claim}` stands for a claim of the caller's token, such as `{sub}`. Its value can never add parts to the ARN.
   * Two claims must not be in one part. Between a claim and a wildcard in one part must be a separator such as `-`, and
   * claims that contain this separator are refused: `{tenant}-*` for the tenant `a` must not name what belongs to `a-b`.
   * A variable of IAM such as `${aws:PrincipalTag/team}` counts as a wildcard.
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

/**
 * What a claim must be: exactly this value; a list with this entry, or a `scope` with this word (`contains`); one of
 * these values (`oneOf`).
 */
export type ClaimCondition =
  | string
  | boolean
  | number
  | { readonly contains: string }
  | { readonly oneOf: readonly string[] };

/** Credentials for a web page with a bearer token of the identity provider. */
export interface BrowserGrant extends GrantSession {
  readonly kind: "browser";
  readonly allow: readonly GrantStatement[];
  /**
   * The issuer of accepted tokens. Needed with several identity providers: subjects of two issuers can have the same name.
   * Default: the only one.
   */
  readonly issuer?: string | undefined;
  /** Claims that a token must have. */
  readonly claims?: Readonly<Record<string, ClaimCondition>> | undefined;
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

/**
 * Credentials for a pod with the projected token of its Kubernetes service account, at the address of container grants:
 * AWS's SDKs send it when AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names it.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export interface ServiceAccountGrant extends GrantSession {
  readonly kind: "serviceAccount";
  /** The issuer of the cluster's tokens: one of the identity providers. */
  readonly issuer: string;
  /** The service accounts that get the session, as `namespace/name`. */
  readonly serviceAccounts: readonly string[];
}

/** A named grant. Callers choose its name and nothing else. */
export type Grant = BrowserGrant | ContainerGrant | MachineGrant | ServiceAccountGrant;
