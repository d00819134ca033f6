import type { BrokerOptions } from "@countersign/broker";
import type { CommandLineConfig, VendingConfig } from "@countersign/broker/server";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import type { RefuseField } from "@countersign/signer/schema";
import { type DaemonConfig, readConfigFile } from "../daemon/config-file.ts";
import {
  checkAddresses,
  checkAdmin,
  checkPair,
  type ListenConfig,
  type SecretReference,
} from "../daemon/listen-config.ts";
import { SERVE_SCHEMA } from "./schema.ts";

/** A shared store on Valkey or Redis. */
export interface ValkeyConfig {
  readonly kind: "valkey";
  readonly servers: readonly string[];
  readonly mode?: "standalone" | "cluster" | "sentinel";
  readonly sentinelName?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: SecretReference;
  readonly username?: string;
  readonly password?: SecretReference;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly namespace: string;
  readonly keyring: readonly { readonly id: string; readonly key: SecretReference }[];
}

export type StoreConfig =
  | ValkeyConfig
  | { readonly kind: "file"; readonly directory?: string; readonly mode?: "read" | "read-write" };

/** The options of `createBroker` that the file has under the same names. */
export type BrokerFields = Pick<
  BrokerOptions,
  "failoverRegions" | "windows" | "serveExpired" | "sessionName" | "limits"
> & { readonly endpoint?: Exclude<BrokerOptions["endpoint"], (...given: never) => unknown> };

/** The file of `countersign serve`, as `SERVE_SCHEMA` describes it. */
export interface ServeConfig extends BrokerFields, DaemonConfig {
  readonly listen: readonly ListenConfig[];
  readonly region?: string;
  readonly profile?: string;
  readonly source?: string;
  readonly store?: StoreConfig;
  /** The grants that are vended over HTTP. Without it only command lines are served. */
  readonly vending?: VendingConfig;
  /** The roles for command lines of this user, over a Unix socket. */
  readonly commandLine?: CommandLineConfig & { readonly socket?: string };
}

/**
 * Reads and checks the file of `countersign serve`.
 *
 * @throws CliError `INVALID_CONFIG` that names file, line and field.
 */
export function readServeConfig(file: string): ServeConfig {
  const { config: checked, refuse } = readConfigFile(file, SERVE_SCHEMA);
  const config: ServeConfig = { listen: [], ...(checked as Partial<ServeConfig>) };
  const { listen, vending, commandLine, admin, store } = config;
  for (const [index, where] of listen.entries()) checkListen(where, `/listen/${index}`, refuse);
  if (admin !== undefined) checkAdmin(admin, refuse);
  const addresses = listen.map((where, index) => [`/listen/${index}`, where] as const);
  checkAddresses([...addresses, ...(admin === undefined ? [] : [["/admin", admin] as const])], refuse);
  if (store?.kind === "valkey") {
    checkValkey(store, refuse);
    if (config.source === undefined) {
      refuse("/source", "must name the principal of the broker's own credentials: sessions are shared by that name");
    }
  }
  if (vending !== undefined && listen.length === 0) refuse("/listen", "must have an address to vend on");
  if (vending === undefined && listen.length > 0) refuse("/listen", "must be empty without vending");
  if (vending === undefined && commandLine === undefined) refuse("", "must have vending, commandLine, or both");
  return config;
}

// Loopback, and the addresses at which SDKs look for container credentials and accept plain HTTP.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
const PLAIN_HOSTS: readonly string[] = ["127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23"];

function checkListen(where: ListenConfig, at: string, refuse: RefuseField): void {
  checkPair(where, at, refuse);
  const { host = "127.0.0.1", certificate } = where;
  if (certificate === undefined && !PLAIN_HOSTS.includes(host)) {
    refuse(
      at,
      `must have certificate and key: other machines reach ${host}. Without TLS only ${PLAIN_HOSTS.join(", ")}`,
    );
  }
}

function checkValkey(store: ValkeyConfig, refuse: RefuseField): void {
  checkPair(store, "/store", refuse);
  for (const [index, server] of store.servers.entries()) {
    const { protocol, hostname } = new URL(server);
    if (!/^(?:rediss|valkeys):$/u.test(protocol) && !isLoopbackHost(hostname)) {
      refuse(`/store/servers/${index}`, "must be rediss: or valkeys: unless the server is on this machine");
    }
  }
  const { mode = "standalone", sentinelName, sentinelUsername, sentinelPassword } = store;
  if (mode === "standalone" && store.servers.length > 1) {
    refuse("/store/servers", 'must be one address with the mode standalone; for several use "cluster" or "sentinel"');
  }
  if ((mode === "sentinel") !== (sentinelName !== undefined)) {
    refuse("/store/sentinelName", "must be given with the mode sentinel, and only then");
  }
  if (mode !== "sentinel" && sentinelPassword !== undefined) {
    refuse("/store/sentinelPassword", "must be given with the mode sentinel only");
  }
  if (sentinelUsername !== undefined && sentinelPassword === undefined) {
    refuse("/store/sentinelUsername", "must be given with sentinelPassword only");
  }
}
