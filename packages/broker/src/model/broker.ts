import type {
  AssumeRootSpec,
  FederationTokenSpec,
  RoleSpec,
  SamlSpec,
  SessionTokenSpec,
  WebIdentitySpec,
} from "../spec/role-spec.ts";
import type { Role } from "./role.ts";
import type { BrokerSnapshot } from "./snapshot.ts";

/** Which sessions to revoke: all that match every field given. */
export interface RevokeFilter {
  readonly roleArn?: string | undefined;
  readonly tenant?: string | undefined;
  /** Only sessions issued before this moment. Default: all that were issued until the revocation is known. */
  readonly issuedBefore?: Date | undefined;
}

/** Many sessions from one source of credentials, each fetched once and renewed ahead. */
export interface Broker {
  /** A session of `AssumeRole`, from the source or chained through `via`. */
  role(spec: RoleSpec): Role;
  webIdentity(spec: WebIdentitySpec): Role;
  saml(spec: SamlSpec): Role;
  sessionToken(spec?: SessionTokenSpec): Role;
  federationToken(spec: FederationTokenSpec): Role;
  assumeRoot(spec: AssumeRootSpec): Role;
  /**
   * Drops matching sessions here and in every process on the same store, within 5 seconds there; a fetch under way is
   * dropped as well. AWS itself goes on accepting the credentials until you attach a policy that denies them.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
   *
   * @throws BrokerError `STORE_UNAVAILABLE`: in force here, other processes could not be told.
   */
  revoke(filter: RevokeFilter): Promise<void>;
  /**
   * Fetches what is not held yet, at the lowest priority.
   *
   * @throws the first failure, after all were tried.
   */
  warm(roles: readonly Role[]): Promise<void>;
  snapshot(): BrokerSnapshot;
  /** Ends fetches under way, releases locks, closes what the broker made. Held credentials are dropped. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
