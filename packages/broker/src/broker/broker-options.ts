import type { Clock, Credentials, EventListener } from "@countersign/signer";
import {
  callable,
  checkOptions,
  clockShape,
  contract,
  flag,
  listOf,
  nested,
  optional,
  shape,
  type Shape,
  type Shapes,
  text,
  unchecked,
  wholeNumber,
} from "@countersign/signer/options";
import type { Transport } from "@countersign/transport";
import { DEFAULT_LIMITS, type Limits, type ResolvedLimits } from "../sts/limits.ts";
import { BrokerError } from "../errors/error.ts";
import { checkSessionName, DEFAULT_SESSION_NAME } from "../spec/session-name.ts";
import type { IdentifiedSource } from "../sources/source.ts";
import type { SharedStore } from "../store/store.ts";
import { type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import { refuseOption } from "../errors/refuse.ts";
import { checkWindows, type Windows } from "../cache/windows.ts";

/** How long an expired session may be served while it cannot be renewed. AWS rejects such credentials. */
export type ServeExpired = "never" | { readonly graceMs: number };

/** Settings of `createBroker`. */
export interface BrokerOptions {
  /**
   * The credentials that assume the first role. With a store, give a provider function an `id`: sessions of a provider
   * without one stay in this process. Default: `defaultChain` (environment, profile, web identity, container,
   * instance), called through `transport`.
   */
  readonly credentials?: Credentials | IdentifiedSource | undefined;
  /** The Region whose STS is called, such as `eu-west-1`. */
  readonly region: string;
  /** Regions whose STS is called while `region` fails, in this order. Default: none. */
  readonly failoverRegions?: readonly string[] | undefined;
  /** Another endpoint of STS than the Region's public one; a function of the Region when it differs between Regions. */
  readonly endpoint?: EndpointOptions | ((region: string) => EndpointOptions) | undefined;
  /** Default: a new one, closed with the broker. The broker never closes a transport that you pass. */
  readonly transport?: Transport | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Receives `sts.call`, `credentials.*`, `source.*`, `store.*` and `clock.skew`. Default: no listener. */
  readonly onEvent?: EventListener | undefined;
  /** When sessions are renewed. Default `adaptive`. */
  readonly windows?: Windows | undefined;
  /** Default `never`. */
  readonly serveExpired?: ServeExpired | undefined;
  /** How much of STS the broker uses, and how many sessions it keeps. Default: see `Limits`. */
  readonly limits?: Limits | undefined;
  /** Shares sessions with other processes: `valkeyStore` or `fileStore`. Default: none. */
  readonly store?: SharedStore | undefined;
  /** Template of session names, with `{account}`, `{role}` and `{tenant}`. Default `countersign`. */
  readonly sessionName?: string | undefined;
}

/** Checked options with their defaults. */
export interface ResolvedOptions extends BrokerOptions {
  readonly regions: readonly string[];
  readonly limits: ResolvedLimits;
  readonly graceMs: number;
  readonly sessionName: string;
  readonly windows: Windows;
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/u;

const region: Shape = shape(
  "a Region such as eu-west-1; pass process.env.AWS_REGION, and set that variable",
  (value) => typeof value === "string" && REGION.test(value),
);

const endpoint: Shape = (value, field, refuse) => {
  if (value === undefined || typeof value === "function") return value;
  return nested<EndpointOptions>({
    url: unchecked,
    fips: optional(flag),
    dualStack: optional(flag),
    vpcEndpoint: optional(text),
  })(value, field, refuse);
};

const MAX_GRACE_MS = 36 * 60 * 60 * 1000;

const serveExpired: Shape = (value, field, refuse) => {
  if (value === undefined || value === "never") return value;
  if (typeof value !== "object") refuse(`${field}: must be "never" or { graceMs }`, field);
  return nested<{ graceMs: number }>({ graceMs: wholeNumber(0, MAX_GRACE_MS, "milliseconds") })(value, field, refuse);
};

const MAX_LIMIT = 1e9;

function rate(max: number): Shape {
  return optional(
    shape(`a number above 0 and up to ${max}`, (value) => typeof value === "number" && value > 0 && value <= max),
  );
}

const count = optional(wholeNumber(1, MAX_LIMIT, "calls, fetches or sessions"));

const optionShapes: Shapes<BrokerOptions> = {
  region,
  credentials: unchecked,
  failoverRegions: optional(listOf(region)),
  endpoint,
  transport: optional(contract("a transport from createTransport()", "request", "requestHandler", "close")),
  clock: optional(clockShape),
  onEvent: optional(callable),
  windows: unchecked,
  serveExpired,
  limits: optional(
    nested<Limits>({
      maxEntries: count,
      maxInFlight: count,
      maxQueue: count,
      stsPerSecond: rate(MAX_LIMIT),
      burst: count,
      tenantShare: rate(1),
    }),
  ),
  store: optional(contract("a store from valkeyStore() or fileStore()", "read", "write", "drop")),
  sessionName: optional(text),
};

/** An endpoint that no request could be sent to is refused here, and not with the first request. */
function checkEndpoint(given: EndpointOptions, one: string): void {
  try {
    resolveUrl({ service: "sts", region: one, ...given });
  } catch (error) {
    refuseOption(`endpoint.${(error as Error).message}`, "endpoint");
  }
}

/** @throws BrokerError `INVALID_OPTION`. */
export function resolveOptions(unresolved: BrokerOptions): ResolvedOptions {
  const options = checkOptions(unresolved, optionShapes, refuseOption);
  const regions = [...new Set([options.region, ...(options.failoverRegions ?? [])])];
  if (typeof options.endpoint === "object" && options.endpoint.vpcEndpoint !== undefined && regions.length > 1) {
    throw new BrokerError(
      "INVALID_OPTION",
      "failoverRegions: must be empty with a VPC endpoint, which belongs to one Region; or pass endpoint as a function",
    );
  }
  if (typeof options.endpoint === "object") for (const one of regions) checkEndpoint(options.endpoint, one);
  // What is left out is not read from a polluted prototype.
  return Object.assign(Object.create(null) as object, {
    ...options,
    regions,
    limits: { ...DEFAULT_LIMITS, ...(options.limits as Partial<ResolvedLimits>) },
    graceMs: typeof options.serveExpired === "object" ? options.serveExpired.graceMs : 0,
    sessionName: checkSessionName(options.sessionName ?? DEFAULT_SESSION_NAME),
    windows: checkWindows(options.windows === undefined ? "adaptive" : options.windows),
  });
}
