import type { ImageVerdict } from "./images/verdict.ts";

/** What the network rules read of a model, in the spelling of `DescribeModel`. */
export interface ModelFacts {
  readonly VpcConfig?: unknown;
  readonly EnableNetworkIsolation?: unknown;
}

/** What is known about the host a request goes to. */
export interface HostFacts {
  readonly name: string;
  /** The host is the DNS name of a VPC interface endpoint (`vpce-…`). */
  readonly vpcEndpoint: boolean;
  /** The name resolves to private addresses only, as it does in a VPC whose endpoint has private DNS. */
  readonly private?: boolean | undefined;
}

/** What the rules need to know and the request does not say. Absent means unknown. */
export interface Facts {
  /** Models by name. A transform job on a model that is not here is a finding. */
  readonly models?: Readonly<Record<string, ModelFacts>> | undefined;
  /** Availability zone (name or id) by subnet id. */
  readonly subnetZones?: Readonly<Record<string, string>> | undefined;
  /** Free private addresses by subnet id. */
  readonly subnetAddresses?: Readonly<Record<string, number>> | undefined;
  /** Absent: the request is not bound to a host yet, and the rules about the host do not speak. */
  readonly host?: HostFacts | undefined;
  /** Verdicts of the image gate by image reference, as the request spells it. */
  readonly images?: Readonly<Record<string, ImageVerdict>> | undefined;
}

/** Zone and free addresses of a subnet. */
export interface SubnetFacts {
  readonly zone: string;
  /** Free private addresses. */
  readonly addresses?: number | undefined;
}

/** Where `review` looks up what a request does not say. A look-up that fails leaves the fact unknown. */
export interface FactSource {
  /** The model, or `undefined` when there is none of this name. */
  model?(name: string, signal?: AbortSignal): Promise<ModelFacts | undefined>;
  subnets?(ids: readonly string[], signal?: AbortSignal): Promise<Readonly<Record<string, SubnetFacts>>>;
  /** Whether a host's name resolves to private addresses only. */
  resolvesPrivately?(host: string, signal?: AbortSignal): Promise<boolean>;
}
