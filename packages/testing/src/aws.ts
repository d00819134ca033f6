import type { Clock } from "@countersign/signer";
import type { CallFilter, RecordedCall } from "./server/call-log.ts";
import type { Cors } from "./server/cors.ts";
import type { SubnetSpec } from "./ec2/service.ts";
import type { ImageSpec } from "./ecr/image.ts";
import type { Fault, PlantedFault } from "./fault/fault.ts";
import type { LocalCredentials } from "./iam/access-keys.ts";
import type { PolicyDocument } from "./iam/policy-document.ts";
import type { RoleSpec } from "./iam/role.ts";
import type { UserSpec } from "./iam/user.ts";
import type { ManualClock } from "./manual-clock.ts";
import type { EndpointBehaviour } from "./runtime/endpoint.ts";
import type { ServiceName } from "./service.ts";
import type { LocalIssuer } from "./sts/issuer.ts";
import type { SamlProvider } from "./sts/saml-provider.ts";
import type { WebIdentityProvider } from "./sts/web-identity-provider.ts";
import type { TlsMode } from "./tls/tls-mode.ts";

/** What a local AWS is made of. */
export interface AwsOptions {
  /** The regions it stands for; `url` is the first one's. Default `us-east-1`. */
  readonly regions?: readonly string[] | undefined;
  /** Account ids; users and roles without one belong to the first. Default `123456789012`. */
  readonly accounts?: readonly string[] | undefined;
  /** Default: one user, `countersign`, who may do everything. */
  readonly users?: readonly UserSpec[] | undefined;
  /** Roles, or the ARNs of roles that trust their account and may do everything. Default none. */
  readonly roles?: readonly (RoleSpec | string)[] | undefined;
  /** What `PolicyArns` may name, by ARN. AWS's `AdministratorAccess` is always there. */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument | string>> | undefined;
  /** Who may issue web identity tokens, beside `aws.issuer`. Default none. */
  readonly webIdentityProviders?: readonly WebIdentityProvider[] | undefined;
  /** Who may issue SAML assertions. Default none. */
  readonly samlProviders?: readonly SamlProvider[] | undefined;
  /** Endpoints by name. Default: every name is an endpoint, and echoes. */
  readonly endpoints?: Readonly<Record<string, EndpointBehaviour>> | undefined;
  /** Container images and what scanning found in them. Default none. */
  readonly images?: readonly ImageSpec[] | undefined;
  /** What `DescribeSubnets` knows. Default none. */
  readonly subnets?: readonly SubnetSpec[] | undefined;
  /** Default: a manual clock that begins now. */
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
  /** Web pages that may call. Default none, as AWS documents none for SageMaker. */
  readonly cors?: Cors | undefined;
}

/** Where the services of one region answer, as URLs without a path. */
export interface AwsUrls {
  readonly sts: string;
  readonly sagemaker: string;
  readonly runtime: string;
  readonly runtimeHttp2: string;
  readonly ecr: string;
  readonly ec2: string;
  /** One URL for all services, for `AWS_ENDPOINT_URL`: each request tells which it is for. */
  readonly all: string;
}

/** A role of a running local AWS. In a string it is its ARN. */
export interface AwsRole {
  readonly arn: string;
  /** Changes what it may do or who may assume it; sessions that exist are held to it at once. */
  update(spec: Omit<RoleSpec, "arn">): void;
  /** Deletes it; its sessions lose every permission. */
  remove(): void;
  /** A session issued without asking STS. Default: an hour, named `session`. */
  session(options?: SessionOptions): LocalCredentials;
  toString(): string;
}

export interface SessionOptions {
  readonly sessionName?: string | undefined;
  /** Seconds. Default 3600. */
  readonly durationSeconds?: number | undefined;
  readonly policies?: readonly (PolicyDocument | string)[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Which keys to revoke: every member given must match. */
export interface Revocation {
  /** This key ceases to exist: services answer that they do not know it. */
  readonly accessKeyId?: string | undefined;
  /** Sessions of this role issued so far are denied everything, explicitly, as the console's button does. */
  readonly roleArn?: string | undefined;
}

/** A local AWS, under way. */
export interface Aws<Time extends Clock = ManualClock> {
  /** Of the first region. */
  readonly url: AwsUrls;
  /** By region. */
  readonly regions: Readonly<Record<string, AwsUrls>>;
  /** The first region. */
  readonly region: string;
  /** The certificate authority to trust, PEM. */
  readonly ca: string;
  /** The first user's access key. */
  readonly user: LocalCredentials;
  /** All users' access keys, by name. */
  readonly users: Readonly<Record<string, LocalCredentials>>;
  /** Makes web identity tokens that this AWS trusts. */
  readonly issuer: LocalIssuer;
  /** The clock that signatures and expiries are held against. */
  readonly clock: Time;
  /** The role of this ARN or name; one that is not there is made: it trusts its account and may do everything. */
  role(arn: string): AwsRole;
  /** Makes an endpoint, or changes how it behaves. */
  endpoint(name: string, behaviour: EndpointBehaviour): void;
  /** Adds a container image. Returns its digest. */
  image(spec: ImageSpec): string;
  /** The requests that came in, oldest first: the last 10,000, and of large bodies the last 256 MiB. */
  calls(filter?: CallFilter): readonly RecordedCall[];
  /** Makes something go wrong. */
  fault(fault: Fault): PlantedFault;
  /** Takes credentials back. Returns how many keys it hit. */
  revoke(revocation: Revocation): number;
  /** Forgets calls and faults, not resources: for use between tests. */
  reset(): void;
  /** Ends every connection and wait. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
