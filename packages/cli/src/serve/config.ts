import { type BrokerOptions } from "@countersign/broker";
import { checkBySchema, type CommandLineConfig, type VendingConfig } from "@countersign/broker/server";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { CliError } from "../cli-error.ts";
import { parseJson, readTextFile } from "../input.ts";
import { lineOfPointer } from "../json-position.ts";
import { SERVE_SCHEMA } from "./schema.ts";

/** An address to serve on. */
export interface ListenConfig {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
  /** PEM files. They may be left out on addresses that do not leave the machine. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Where a secret is: in a file or a variable, never in the configuration. */
export type SecretReference = { readonly file: string } | { readonly env: string };

/** A shared store on Valkey or Redis. */
export interface ValkeyConfig {
  readonly kind: "valkey";
  readonly servers: readonly string[];
  readonly mode?: "standalone" | "cluster" | "sentinel";
  readonly sentinelName?: string;
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
export interface ServeConfig extends BrokerFields {
  readonly listen: readonly ListenConfig[];
  readonly region?: string;
  readonly profile?: string;
  readonly source?: string;
  readonly store?: StoreConfig;
  readonly admin?: ListenConfig & { readonly token?: SecretReference };
  /** The grants that are vended over HTTP. Without it only command lines are served. */
  readonly vending?: VendingConfig;
  /** The roles for command lines of this user, over a Unix socket. */
  readonly commandLine?: CommandLineConfig & { readonly socket?: string };
  readonly log?: { readonly level?: "error" | "warn" | "info"; readonly file?: string; readonly auditFile?: string };
  readonly drain?: { readonly delaySeconds?: number; readonly graceSeconds?: number };
  readonly watchSeconds?: number;
}

// Loopback, and the addresses at which SDKs look for container credentials and accept plain HTTP.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
const PLAIN_HOSTS: readonly string[] = ["127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23"];

/**
 * Reads and checks the file of `countersign serve`.
 *
 * @throws CliError `INVALID_CONFIG` that names file, line and field.
 */
export function readServeConfig(file: string): ServeConfig {
  const json = readTextFile(file);
  const refuse = (pointer: string, message: string): never => {
    throw invalidConfig(file, json, pointer, message);
  };
  const checked = checkBySchema(SERVE_SCHEMA, parseJson(json, file), refuse) as Partial<ServeConfig>;
  const config: ServeConfig = { ...checked, listen: checked.listen ?? [] };
  const { listen, vending, commandLine, admin, store } = config;
  for (const [index, where] of listen.entries()) checkListen(where, `/listen/${index}`, refuse);
  if (admin !== undefined) checkAdmin(admin, refuse);
  checkAddresses(config, refuse);
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

type Refuse = (pointer: string, message: string) => never;

function checkPair(where: Partial<ListenConfig>, at: string, refuse: Refuse): void {
  if ((where.certificate === undefined) !== (where.key === undefined)) {
    refuse(at, "must have both certificate and key, or neither");
  }
}

function checkListen(where: ListenConfig, at: string, refuse: Refuse): void {
  checkPair(where, at, refuse);
  const { host = "127.0.0.1", certificate } = where;
  if (certificate === undefined && !PLAIN_HOSTS.includes(host)) {
    refuse(
      at,
      `must have certificate and key: other machines reach ${host}. Without TLS only ${PLAIN_HOSTS.join(", ")}`,
    );
  }
}

/** Probes and Prometheus come in plain HTTP, as they do everywhere; a token must not cross a network like that. */
function checkAdmin(admin: NonNullable<ServeConfig["admin"]>, refuse: Refuse): void {
  checkPair(admin, "/admin", refuse);
  const { host = "127.0.0.1", certificate, token } = admin;
  if (token !== undefined && certificate === undefined && !isLoopbackHost(host)) {
    refuse("/admin", `must have certificate and key with a token: other machines reach ${host}`);
  }
}

/** Two listeners of one address: the public one would answer for operators, or the other way round. */
function checkAddresses({ listen, admin }: ServeConfig, refuse: Refuse): void {
  const taken = new Set<string>();
  const placed = listen.map((where, index) => [`/listen/${index}`, where] as const);
  for (const [at, { host = "127.0.0.1", port }] of [...placed, ...(admin ? [["/admin", admin] as const] : [])]) {
    const address = `${host} ${port}`;
    if (port !== 0 && taken.has(address)) refuse(`${at}/port`, "must not be the address of another listener");
    taken.add(address);
  }
}

function checkValkey(store: ValkeyConfig, refuse: Refuse): void {
  checkPair(store, "/store", refuse);
  for (const [index, server] of store.servers.entries()) {
    const { protocol, hostname } = new URL(server);
    if (!/^(?:rediss|valkeys):$/u.test(protocol) && !isLoopbackHost(hostname)) {
      refuse(`/store/servers/${index}`, "must be rediss: or valkeys: unless the server is on this machine");
    }
  }
  const { mode = "standalone", sentinelName } = store;
  if (mode === "standalone" && store.servers.length > 1) {
    refuse("/store/servers", 'must be one address with the mode standalone; for several use "cluster" or "sentinel"');
  }
  if ((mode === "sentinel") !== (sentinelName !== undefined)) {
    refuse("/store/sentinelName", "must be given with the mode sentinel, and only then");
  }
}

/** An error about a field of the file, with the line of the field. */
export function invalidConfig(file: string, json: string, pointer: string, message: string): CliError {
  return new CliError(
    "INVALID_CONFIG",
    `${file}:${lineOfPointer(json, pointer)}: ${pointer === "" ? "the file" : pointer}: ${message}`,
  );
}

/**
 * Adds the file and line to an error about an option that the file contains.
 *
 * @param at the place of the options in the file, as a JSON pointer.
 */
export function withPosition<T>(file: string, at: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (error instanceof CliError || (code !== "INVALID_CONFIG" && code !== "INVALID_OPTION")) throw error;
    const [, field = "", rest = message ?? ""] = /^(\S*?): (.*)$/su.exec(message ?? "") ?? [];
    const pointer = field.startsWith("/")
      ? field.replace(/\/$/u, "")
      : `/${field.replaceAll("[", "/").replaceAll("]", "").replaceAll(".", "/")}`;
    throw invalidConfig(file, readTextFile(file), at + pointer, rest);
  }
}
