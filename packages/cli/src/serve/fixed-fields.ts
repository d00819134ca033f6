import { isDeepStrictEqual } from "node:util";
import { readTextFile } from "../input.ts";
import { invalidConfig, type ServeConfig } from "./config.ts";

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
const FIXED_OF_STORE: readonly string[] = ["kind", "servers", "mode", "sentinelName", "namespace", "directory"];
const FIXED_OF_LOG = ["file", "auditFile"] as const;

/**
 * Checks that a new configuration changes only what can change while the broker runs.
 *
 * @throws CliError `INVALID_CONFIG` that names the field.
 */
export function checkUnchanged(current: ServeConfig, next: ServeConfig, file: string): void {
  const check = (pointer: string, before: unknown, after: unknown): void => {
    if (isDeepStrictEqual(before, after)) return;
    throw invalidConfig(file, readTextFile(file), pointer, "must stay as it is while the broker runs; restart it");
  };
  for (const name of FIXED) check(`/${name}`, current[name], next[name]);
  check("/store", current.store === undefined, next.store === undefined);
  for (const name of FIXED_OF_STORE) check(`/store/${name}`, fieldOf(current.store, name), fieldOf(next.store, name));
  for (const name of FIXED_OF_LOG) check(`/log/${name}`, current.log?.[name], next.log?.[name]);
}

function fieldOf(value: object | undefined, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name];
}
