import type { Clock } from "@countersign/signer";
import type { CallFilter, RecordedCall } from "./server/call-log.ts";
import type { Cors } from "./server/cors.ts";
import type { SubnetSpec } from "./ec2/service.ts";
import type { ImageSpec } from "./ecr/image.ts";
import type { Fault, PlantedFault } from "./fault/fault.ts";
import type { LocalCredentials } from "./iam/access-keys.ts";
import type { AccountPolicies } from "./iam/guardrails.ts";
import type { PolicyDocument } from "./iam/policy-document.ts";
import type { RoleSpec } from "./iam/role.ts";
import type { UserSpec } from "./iam/user.ts";
import type { ManualClock } from "./manual-clock.ts";
import type { EndpointBehaviour } from "./runtime/endpoint.ts";
import type { RolesAnywhereOptions } from "./roles-anywhere/options.ts";
import type { LocalRolesAnywhere } from "./roles-anywhere/registry.ts";
import type { ServiceName } from "./service.ts";
import type { Progress } from "./sagemaker/progress.ts";
import type { ResourceSpec } from "./sagemaker/seed.ts";
import type { JsonWebKeySet } from "./sts/json-web-token.ts";
import type { LocalIssuer } from "./sts/issuer.ts";
import type { SamlProvider } from "./sts/saml-provider.ts";
import type { WebIdentityProvider } from "./sts/web-identity-provider.ts";
import type { TlsMode } from "./tls/tls-mode.ts";

/** The options of `startAws`. */
export interface AwsOptions {
  /** The regions to serve; `url` holds the URLs of the first. Default `us-east-1`. */
  readonly regions?: readonly string[] | undefined;
  /** Account ids; users and roles without one belong to the first. Default `123456789012`. */
  readonly accounts?: readonly string[] | undefined;
  /** Default: one user, `countersign`, who may do everything. */
  readonly users?: readonly UserSpec[] | undefined;
  /** Roles, or the ARNs of roles that trust their account and may do everything. Default none. */
  readonly roles?: readonly (RoleSpec | string)[] | undefined;
  /** The policies that `PolicyArns` may name, by ARN. AWS's `AdministratorAccess` is always known. */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument | string>> | undefined;
  /** The organization of all accounts, which policies see as `aws:PrincipalOrgID`. Default `o-a1b2c3d4e5`. */
  readonly organizationId?: string | undefined;
  /** Service control policies of the callers' accounts: for all accounts, or by account id. Default: no policies. */
  readonly serviceControlPolicies?: AccountPolicies | undefined;
  /** Resource control policies of the resources' accounts: for all accounts, or by account id. Default: no policies. */
  readonly resourceControlPolicies?: AccountPolicies | undefined;
  /** The policies of VPC endpoints, by id such as `vpce-0abc`. Default: every endpoint allows everything. */
  readonly endpointPolicies?: Readonly<Record<string, PolicyDocument | string>> | undefined;
  /** Permissions boundaries by the name or ARN of a user or role. Default: no boundaries. */
  readonly permissionsBoundaries?: Readonly<Record<string, PolicyDocument | string>> | undefined;
  /** Further issuers of web identity tokens, in addition to `aws.issuer`. Default: no others. */
  readonly webIdentityProviders?: readonly WebIdentityProvider[] | undefined;
  /** The issuers of SAML assertions. Default: no issuers. */
  readonly samlProviders?: readonly SamlProvider[] | undefined;
  /** Trust anchors and profiles of IAM Roles Anywhere, in addition to `aws.rolesAnywhere`. Default: no others. */
  readonly rolesAnywhere?: RolesAnywhereOptions | undefined;
  /** Endpoints by name. Default: every name is an endpoint that echoes. */
  readonly endpoints?: Readonly<Record<string, EndpointBehaviour>> | undefined;
  /** Container images and their scan findings. Default: no images. */
  readonly images?: readonly ImageSpec[] | undefined;
  /** The subnets that `DescribeSubnets` lists. Default: no subnets. */
  readonly subnets?: readonly SubnetSpec[] | undefined;
  /** Default: a manual clock that starts at the current time. */
  readonly clock?: Clock | undefined;
  /** How the servers negotiate TLS, all or by service. Default `pfs`, as AWS does. */
  readonly tls?: TlsMode | Readonly<Partial<Record<ServiceName, TlsMode>>> | undefined;
  /** Fixed ports, of the first region. Default: any free ones. */
  readonly ports?: Readonly<Partial<Record<ServiceName | "all", number>>> | undefined;
  /** Let every service speak HTTP/2 beside HTTP/1.1; `runtimeHttp2` always does. Default false. */
  readonly http2?: boolean | undefined;
  /**
   * `refuse` accepts each signature once. Default `accept`, as AWS does while a signature is fresh: two equal requests
   * within one second have equal signatures.
   */
  readonly replay?: "accept" | "refuse" | undefined;
  /** Two local AWSs with the same seed and the same requests make the same ids and keys. Default: random ids. */
  readonly seed?: string | undefined;
  /**
   * How SageMaker's resources change state. `manual`: at once, and jobs stay in progress until they are stopped or
   * `setStatus` moves them. `afterMs`: each change takes that long on the clock. Default `manual`.
   */
  readonly progress?: Progress | undefined;
  /** Resources that exist from the start, or the path of a JSON file with a list of them. Default: no resources. */
  readonly resources?: readonly ResourceSpec[] | string | URL | undefined;
  /** Quotas of SageMaker by kind of resource, such as `{ TrainingJob: 2 }`. Default: no quotas. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Web pages that may call. Default: no pages, because AWS documents no CORS for SageMaker. */
  readonly cors?: Cors | undefined;
}

/** Where the services of one region answer, as URLs without a path. */
export interface AwsUrls {
  readonly sts: string;
  readonly sagemaker: string;
  readonly runtime: string;
  readonly runtimeHttp2: string;
  /** Feature store, metrics, edge and human loops are behind the URL for all services. */
  readonly featureStore: string;
  readonly metrics: string;
  readonly edge: string;
  readonly a2i: string;
  readonly ecr: string;
  readonly ec2: string;
  /** IAM Identity Center: the portal and its OIDC service, behind the URL for all services. */
  readonly sso: string;
  /** IAM Roles Anywhere, behind the URL for all services. */
  readonly rolesAnywhere: string;
  /** S3 with buckets in the path, behind the URL for all services. */
  readonly s3: string;
  /** One URL for all services, for `AWS_ENDPOINT_URL`: headers and path of a request tell its service. */
  readonly all: string;
}

/** A role of a running local AWS. In a string it is its ARN. */
export interface AwsRole {
  readonly arn: string;
  /** Changes what the role may do or who may assume it. The change applies to existing sessions at once. */
  update(spec: Omit<RoleSpec, "arn">): void;
  /** Deletes the role. Its sessions lose every permission. */
  remove(): void;
  /** A session issued without asking STS. Default: an hour, named `session`. */
  session(options?: SessionOptions): LocalCredentials;
  /**
   * A token that `GetDelegatedAccessToken` of STS exchanges for a session of this role, as a customer hands one to a
   * product. Default: the token is good for an hour.
   */
  tradeInToken(options?: TradeInOptions): string;
  toString(): string;
}

/** The limits of a session that is issued without asking STS. */
export interface SessionOptions {
  /** Default: `session`. */
  readonly sessionName?: string | undefined;
  /** Seconds. Default 3600. */
  readonly durationSeconds?: number | undefined;
  /** Session policies. Default: none. */
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  /** Session tags. Default: none. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** The session that a trade-in token stands for, and how long the token is good. */
export interface TradeInOptions extends SessionOptions {
  /** Seconds until the token expires. Default 3600. */
  readonly expiresIn?: number | undefined;
}

/** What `reset` deletes besides calls and faults. */
export interface ResetOptions {
  /** All that requests have stored: resources, tags, records, metrics, human loops and objects. Default false. */
  readonly resources?: boolean | undefined;
}

/** The keys to revoke: a key must match every given member. */
export interface Revocation {
  /** Deletes this key: services answer that they do not know it. */
  readonly accessKeyId?: string | undefined;
  /** Sessions of this role issued so far are denied everything, explicitly, as the console's button does. */
  readonly roleArn?: string | undefined;
}

/** A running local AWS. */
export interface Aws<Time extends Clock = ManualClock> {
  /** Of the first region. */
  readonly url: AwsUrls;
  /** By region. */
  readonly regions: Readonly<Record<string, AwsUrls>>;
  /** The first region. */
  readonly region: string;
  /** The certificate authority to trust, PEM. */
  readonly ca: string;
  /**
   * What AWS SDKs and the AWS CLI read from the environment: `AWS_ENDPOINT_URL`, the region and the first user's key. The
   * URL of S3 is an address, because clients then write buckets into the path.
   * Programs also need the certificate authority: `startLocal` writes it to a file.
   */
  readonly env: Readonly<Record<string, string>>;
  /** The first user's access key. */
  readonly user: LocalCredentials;
  /** All users' access keys, by name. */
  readonly users: Readonly<Record<string, LocalCredentials>>;
  /** Makes web identity tokens that this AWS trusts. */
  readonly issuer: LocalIssuer;
  /** The public keys of the tokens that `GetWebIdentityToken` issues, as their issuer publishes them. */
  readonly tokenKeys: () => JsonWebKeySet;
  /** A trust anchor and a profile of IAM Roles Anywhere, and the authority that issues certificates for them. */
  readonly rolesAnywhere: LocalRolesAnywhere;
  /** The clock that decides whether signatures and sessions have expired. */
  readonly clock: Time;
  /** The role with this ARN or name. A role that does not exist is created: it trusts its account and may do everything. */
  role(arn: string): AwsRole;
  /** Creates an endpoint, or changes how it behaves. */
  endpoint(name: string, behaviour: EndpointBehaviour): void;
  /** Adds a container image. Returns its digest. */
  image(spec: ImageSpec): string;
  /** Stores a resource of SageMaker without a request. Returns its ARN. */
  resource(spec: ResourceSpec): Promise<string>;
  /** Stores an object of S3 without a request, such as the input of `InvokeEndpointAsync`. */
  object(location: string, body: string | Uint8Array): void;
  /** Moves a resource to a state, with members that come with it, such as `FailureReason`. */
  setStatus(arn: string, status: string, more?: Readonly<Record<string, unknown>>): void;
  /** The received requests, oldest first: at most 10,000 requests and 256 MiB of bodies are kept. */
  calls(filter?: CallFilter): readonly RecordedCall[];
  /** Plants a fault: matching requests fail as it says. */
  fault(fault: Fault): PlantedFault;
  /** Revokes credentials. Returns the number of keys revoked. */
  revoke(revocation: Revocation): number;
  /**
   * Deletes recorded calls and planted faults, for use between tests. With `resources`, the local AWS holds again what
   * `startAws` began with.
   */
  reset(options?: ResetOptions): void;
  /** Ends every connection and every wait. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
