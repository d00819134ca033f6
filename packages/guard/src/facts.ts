import type { ImageVerdict } from "./images/verdict.ts";

/** The members of a model that the network rules read, in the spelling of `DescribeModel`. */
export interface ModelFacts {
  readonly VpcConfig?: unknown;
  readonly EnableNetworkIsolation?: unknown;
}

/** The host of a request. */
export interface HostFacts {
  readonly name: string;
  /** The host is the DNS name of a VPC interface endpoint (`vpce-…`). */
  readonly vpcEndpoint: boolean;
  /** The name resolves to private addresses only, as it does in a VPC whose endpoint has private DNS. */
  readonly private?: boolean | undefined;
}

/** What the rules need to know beyond the request. A fact that is left out is unknown. */
export interface Facts {
  /** Models by name. A transform job on a model that is not here is a finding. */
  readonly models?: Readonly<Record<string, ModelFacts>> | undefined;
  /** Availability zone (name or id) by subnet id. */
  readonly subnetZones?: Readonly<Record<string, string>> | undefined;
  /** Free private addresses by subnet id. */
  readonly subnetAddresses?: Readonly<Record<string, number>> | undefined;
  /** Left out: the host is not known yet, and the rules about the host are skipped. */
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

/** The look-ups of `review`. A look-up that fails leaves its fact unknown. */
export interface FactSource {
  /** The model; `undefined` when no model has this name. */
  model?(name: string, signal?: AbortSignal): Promise<ModelFacts | undefined>;
  subnets?(ids: readonly string[], signal?: AbortSignal): Promise<Readonly<Record<string, SubnetFacts>>>;
  /** Whether a host's name resolves to private addresses only. */
  resolvesPrivately?(host: string, signal?: AbortSignal): Promise<boolean>;
}
