import type { ListenConfig } from "@countersign/proxy";
import { type FixedField, fixedFields } from "../daemon/check-unchanged.ts";
import type { ProxyFile } from "./config.ts";

/** What the proxy and its broker are made of. */
const FIXED = [
  "region",
  "profile",
  "fips",
  "dualStack",
  "maxSkewMs",
  "maxBufferedBytes",
  "watchSeconds",
] as const satisfies readonly (keyof ProxyFile)[];

const FIXED_OF_LOG = ["file", "auditFile"];
/** Clients trust the authority that this listener made when it was opened. */
const FIXED_OF_FORWARD = ["host", "port", "caFile"];

/** The fields that a reload of `countersign proxy` must not change. */
export function fixedOfProxy(current: ProxyFile, next: ProxyFile): readonly FixedField[] {
  return [
    ...fixedFields("", FIXED, current, next),
    ["/forward", current.forward === undefined, next.forward === undefined],
    ...fixedFields("/forward", FIXED_OF_FORWARD, current.forward, next.forward),
    ...fixedFields("/log", FIXED_OF_LOG, current.log, next.log),
    ...next.listen.flatMap((where, index): FixedField[] => {
      const before = current.listen.find((one) => isSamePlace(one, where));
      return before === undefined ? [] : fixedOfListener(`/listen/${index}`, before, where);
    }),
  ];
}

/** An address that stays open: its certificate can be renewed; how its clients are known cannot change. */
function fixedOfListener(at: string, before: ListenConfig, after: ListenConfig): FixedField[] {
  const has = (name: "certificateFile" | "clientCaFile"): FixedField => [
    `${at}/${name}`,
    before[name] === undefined,
    after[name] === undefined,
  ];
  return [has("certificateFile"), has("clientCaFile"), [`${at}/client`, before.client, after.client]];
}

function isSamePlace(one: ListenConfig, other: ListenConfig): boolean {
  if (one.socket !== undefined || other.socket !== undefined) return one.socket === other.socket;
  const { host = "127.0.0.1", port = 0 } = one;
  return port !== 0 && port === other.port && host === (other.host ?? "127.0.0.1");
}
