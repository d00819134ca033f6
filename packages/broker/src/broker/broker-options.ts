import type { Clock, Credentials, EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import { DEFAULT_LIMITS, type Limits, type ResolvedLimits } from "../sts/admission.ts";
import { BrokerError } from "../errors/error.ts";
import { checkSessionName, DEFAULT_SESSION_NAME } from "../spec/session-name.ts";
import type { IdentifiedSource } from "../sources/source.ts";
import type { SharedStore } from "../store/store.ts";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import type { Windows } from "../cache/windows.ts";

/** How long after its expiry a session may still be served when it cannot be renewed. AWS turns such credentials down. */
export type ServeExpired = "never" | { readonly graceMs: number };

/** Settings of `createBroker`. */
export interface BrokerOptions {
  /**
   * What the first role is assumed with. Give a provider function an `id` when a store is attached: sessions of nameless
   * providers stay in this process. Default: the chain of AWS's SDK (environment, profile, SSO, web identity, container,
   * instance), called through `transport`.
   */
  readonly credentials?: Credentials | IdentifiedSource | undefined;
  /** Whose STS is asked, such as `eu-west-1`. */
  readonly region: string;
  /** Asked in this order while `region` fails. Default: none. */
  readonly failoverRegions?: readonly string[] | undefined;
  /** Where STS is, when not at the Region's public endpoint; a function when that differs between Regions. */
  readonly endpoint?: EndpointOptions | ((region: string) => EndpointOptions) | undefined;
  /** Default: one of its own, closed with the broker. One handed in is never closed. */
  readonly transport?: Transport | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  readonly onEvent?: EventListener | undefined;
  /** When sessions are renewed. Default `adaptive`. */
  readonly windows?: Windows | undefined;
  /** Default `never`. */
  readonly serveExpired?: ServeExpired | undefined;
  readonly limits?: Limits | undefined;
  /** Shares sessions with other processes: `valkeyStore` or `fileStore`. Default: none. */
  readonly store?: SharedStore | undefined;
  /** Template of session names, with `{account}`, `{role}` and `{tenant}`. Default `countersign`. */
  readonly sessionName?: string | undefined;
}

/** The options that need checking, checked and completed. */
export interface ResolvedOptions {
  readonly regions: readonly string[];
  readonly limits: ResolvedLimits;
  readonly graceMs: number;
  readonly sessionName: string;
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/u;

/** @throws BrokerError `INVALID_OPTION`. */
export function resolveOptions(options: BrokerOptions): ResolvedOptions {
  const { region, failoverRegions = [], serveExpired = "never" } = options;
  if (region === undefined || region === "") {
    throw new BrokerError(
      "INVALID_OPTION",
      "region: expected a Region such as eu-west-1; pass process.env.AWS_REGION to take it from the environment",
    );
  }
  const regions = [...new Set([region, ...failoverRegions])];
  for (const one of regions) {
    if (!REGION.test(one))
      throw new BrokerError(
        "INVALID_OPTION",
        `region: expected a Region such as eu-west-1, got ${JSON.stringify(one)}`,
      );
  }
  if (typeof options.endpoint === "object" && options.endpoint.vpcEndpoint !== undefined && regions.length > 1) {
    throw new BrokerError(
      "INVALID_OPTION",
      "failoverRegions: a VPC endpoint belongs to one Region; give endpoint as a function of the Region",
    );
  }
  const graceMs = serveExpired === "never" ? 0 : serveExpired.graceMs;
  if (typeof graceMs !== "number" || !(graceMs >= 0)) {
    throw new BrokerError("INVALID_OPTION", 'serveExpired: expected "never" or { graceMs } with milliseconds from 0');
  }
  return {
    regions,
    limits: resolveLimits(options.limits ?? {}),
    graceMs,
    sessionName: checkSessionName(options.sessionName ?? DEFAULT_SESSION_NAME),
  };
}

function resolveLimits(limits: Limits): ResolvedLimits {
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  const resolved: ResolvedLimits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(resolved)) {
    const whole = name !== "stsPerSecond" && name !== "tenantShare";
    const most = name === "tenantShare" ? 1 : 1e9;
    if (typeof value !== "number" || !(value > 0 && value <= most) || (whole && !Number.isInteger(value))) {
      throw new BrokerError(
        "INVALID_OPTION",
        `limits.${name}: expected a ${whole ? "whole " : ""}number above 0${most === 1 ? " and up to 1" : ""}, got ${value}`,
      );
    }
  }
  return resolved;
}
