import { type FixedField, fixedFields } from "../daemon/check-unchanged.ts";
import type { ServeConfig } from "./config.ts";

/** What makes a broker: cached sessions depend on it, so it changes with a restart only. */
const FIXED = [
  "region",
  "profile",
  "source",
  "failoverRegions",
  "endpoint",
  "windows",
  "serveExpired",
  "sessionName",
  "limits",
  "watchSeconds",
] as const satisfies readonly (keyof ServeConfig)[];

/** Of a store; its secrets, certificates and keyring may change. */
const FIXED_OF_STORE = ["kind", "servers", "mode", "sentinelName", "namespace", "directory"];
const FIXED_OF_LOG = ["file", "auditFile"];

/** The fields that a reload of `countersign serve` must not change. */
export function fixedOf(current: ServeConfig, next: ServeConfig): readonly FixedField[] {
  return [
    ...fixedFields("", FIXED, current, next),
    ["/store", current.store === undefined, next.store === undefined],
    ...fixedFields("/store", FIXED_OF_STORE, current.store, next.store),
    ...fixedFields("/log", FIXED_OF_LOG, current.log, next.log),
  ];
}
