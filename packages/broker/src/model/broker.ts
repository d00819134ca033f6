import type {
  AssumeRootSpec,
  FederationTokenSpec,
  RoleSpec,
  SamlSpec,
  SessionTokenSpec,
  WebIdentitySpec,
  WebIdentityTokenSpec,
} from "../spec/role-spec.ts";
import type { CredentialRequest } from "@countersign/signer";
import type { Role } from "./role.ts";
import type { BrokerSnapshot } from "./snapshot.ts";
import type { WebIdentityToken } from "./web-identity-token.ts";

/** Which sessions to revoke: those that match every given field. */
export interface RevokeFilter {
  readonly roleArn?: string | undefined;
  readonly tenant?: string | undefined;
  /** The identity provider that vouched for the caller. Without it a tenant of this name is revoked at every provider. */
  readonly issuer?: string | undefined;
  /** Only sessions issued before this moment. Default: all sessions issued until a process learns of the revocation. */
  readonly issuedBefore?: Date | undefined;
}

/** Many sessions from one source of credentials, each fetched once and renewed before it expires. */
export interface Broker {
  /** A session of `AssumeRole`, from the source or chained through `via`. */
  role(spec: RoleSpec): Role;
  webIdentity(spec: WebIdentitySpec): Role;
  saml(spec: SamlSpec): Role;
  sessionToken(spec?: SessionTokenSpec): Role;
  federationToken(spec: FederationTokenSpec): Role;
  assumeRoot(spec: AssumeRootSpec): Role;
  /**
   * A token that tells a service outside AWS who the caller is. Equal specs share one token, which is fetched once and
   * renewed before it expires.
   *
   * @throws BrokerError as `Role.get` does.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound.html
   */
  webIdentityToken(spec: WebIdentityTokenSpec, request?: CredentialRequest): Promise<WebIdentityToken>;
  /**
   * Drops matching sessions in this process at once, and in every process on the same store within 5 seconds. The result
   * of a fetch under way is dropped too. AWS itself accepts the credentials until you attach a policy that denies them.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
   *
   * @throws BrokerError `STORE_UNAVAILABLE`: enforced in this process, but other processes could not be told yet.
   */
  revoke(filter: RevokeFilter): Promise<void>;
  /**
   * Fetches the sessions that are not cached yet, at the lowest priority.
   *
   * @throws the first failure, after all fetches have ended.
   */
  warm(roles: readonly Role[]): Promise<void>;
  snapshot(): BrokerSnapshot;
  /** Ends fetches under way, releases locks, closes what the broker made, and drops cached credentials. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
