import path from "node:path";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { callable } from "@countersign/signer/options";
import { createSchemaCheck, type RefuseField } from "@countersign/signer/schema";
import { refuseOption } from "../error.ts";
import type { Allowance } from "../judge/allowance.ts";
import { PROXY_SCHEMA } from "./proxy-schema.ts";

/** One client, as the configuration file describes it. */
export interface ClientConfig {
  /** For audit, metrics and refusals. */
  readonly name: string;
  /** File with the placeholder key as `countersign proxy --issue` prints it: `{ "accessKeyId": …, "secretAccessKey": … }`. */
  readonly keyFile?: string | undefined;
  /** SHA-256 of its client certificate in DER, hexadecimal: for addresses with `clientCaFile`. */
  readonly certificateSha256?: string | undefined;
  /** The role that its requests are signed with. Default: the proxy's own credentials. */
  readonly roleArn?: string | undefined;
  /** The external id that the trust policy of `roleArn` asks for. Default: none. */
  readonly externalId?: string | undefined;
  /** What it may do. Everything else is refused. */
  readonly allow: readonly Allowance[];
  /** Default: no guard. */
  readonly posture?: "baseline" | "private" | "locked" | undefined;
  /** See `ProxyClient`. Default: `unique`. */
  readonly replay?: "unique" | "refuse" | undefined;
  /** Bodies that are read whole, in bytes. Default: 26,214,400 (25 MiB). */
  readonly maxBodyBytes?: number | undefined;
  /** Default: no limit. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests under way at once. Default: 256. */
  readonly maxInFlight?: number | undefined;
}

/** One address. Files are PEM. */
export interface ListenConfig {
  /** Default: `127.0.0.1`. Addresses other than loopback need a certificate. */
  readonly host?: string | undefined;
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** Certificate chain, PEM: the address then speaks TLS. */
  readonly certificateFile?: string | undefined;
  /** Its private key, PEM. */
  readonly keyFile?: string | undefined;
  /** Authorities of client certificates, PEM. */
  readonly clientCaFile?: string | undefined;
  /** A Unix socket, instead of `host` and `port`. */
  readonly socket?: string | undefined;
  /** The client that every connection of this socket is. */
  readonly client?: string | undefined;
}

/**
 * The part of the file of `countersign proxy` that describes the proxy. `PROXY_SCHEMA` says what each field must be; the
 * command adds the fields of every daemon.
 */
export interface ProxyConfig {
  /** Of this format. */
  readonly version: 1;
  /** Of STS, for `roleArn`. Default: as every command finds it. */
  readonly region?: string | undefined;
  /** The profile whose credentials assume the clients' roles. Default: as every command finds it. */
  readonly profile?: string | undefined;
  /** Default: none. */
  readonly listen: readonly ListenConfig[];
  /**
   * For clients that are given `HTTPS_PROXY`. The certificate of its authority is written to `caFile` at each start.
   * Default: none.
   */
  readonly forward?: { readonly host?: string | undefined; readonly port: number; readonly caFile: string } | undefined;
  /** Who may send. Every other request is refused. */
  readonly clients: readonly ClientConfig[];
  /** Use FIPS hosts. Default: as the environment says. */
  readonly fips?: boolean | undefined;
  /** Use dual-stack hosts. Default: as the environment says. */
  readonly dualStack?: boolean | undefined;
  /** How far a client's clock may be off, in milliseconds. Default: 300,000. */
  readonly maxSkewMs?: number | undefined;
  /** Memory for bodies that are read whole, all requests together, in bytes. Default: 268,435,456 (256 MiB). */
  readonly maxBufferedBytes?: number | undefined;
}

const checkBySchema = createSchemaCheck(refuseOption);

/**
 * Checks the value of a configuration file by `PROXY_SCHEMA`, and what a schema cannot say: fields that belong together,
 * and names that must be known or must differ. Files that it names are not read.
 *
 * @param refuse throws, given the wrong field as a JSON pointer and what it must be. Default: throws a `ProxyError`
 * `INVALID_OPTION`.
 */
export function checkProxyConfig(given: unknown, refuse: RefuseField = refusePointer): ProxyConfig {
  callable(refuse, "refuse", refuseOption);
  const config = { listen: [], ...(checkBySchema(PROXY_SCHEMA, given, refuse) as object) } as unknown as ProxyConfig;
  checkProxyFields(config, refuse);
  return config;
}

/** The rules that a schema cannot say. */
function checkProxyFields({ listen, forward, clients }: ProxyConfig, refuse: RefuseField): void {
  if (listen.length === 0 && forward === undefined)
    refuse("/listen", "must have at least one address, or forward must be given");
  if (forward !== undefined && !isLoopbackHost(forward.host ?? "127.0.0.1"))
    refuse("/forward/host", "must be a loopback address: what a client says before its tunnel is in the clear");
  const names = clients.map(({ name }) => name);
  for (const [index, where] of listen.entries()) checkListen(where, `/listen/${index}`, names, refuse);
  checkSockets(listen, refuse);
  for (const [index, client] of clients.entries()) {
    const at = `/clients/${index}`;
    checkDiffers(clients, index, "name", refuse);
    checkDiffers(clients, index, "keyFile", refuse);
    checkDiffers(clients, index, "certificateSha256", refuse);
    const isBound = listen.some((where) => where.client === client.name);
    if (client.keyFile === undefined && client.certificateSha256 === undefined && !isBound)
      refuse(at, "must have keyFile, certificateSha256, or a socket in listen that names it");
    if (client.externalId !== undefined && client.roleArn === undefined)
      refuse(`${at}/externalId`, "must come with roleArn: it is a condition of the role's trust policy");
  }
}

function checkListen(where: ListenConfig, at: string, clients: readonly string[], refuse: RefuseField): void {
  const { host = "127.0.0.1", port, certificateFile, keyFile, clientCaFile, socket, client } = where;
  if ((certificateFile === undefined) !== (keyFile === undefined))
    refuse(at, "must have both certificateFile and keyFile, or neither");
  if (clientCaFile !== undefined && certificateFile === undefined)
    refuse(`${at}/clientCaFile`, "must come with certificateFile and keyFile");
  if (socket === undefined) {
    if (client !== undefined)
      refuse(`${at}/client`, "must come with socket; other listeners know clients by key or certificate");
    if (certificateFile === undefined && !isLoopbackHost(host))
      refuse(at, `must have certificateFile and keyFile: other machines reach ${host}`);
    return;
  }
  if (!path.isAbsolute(socket)) refuse(`${at}/socket`, "must be an absolute path");
  if (where.host !== undefined || port !== undefined || certificateFile !== undefined)
    refuse(at, "must have socket alone or host and port; a socket has no certificate");
  if (client !== undefined && !clients.includes(client)) refuse(`${at}/client`, "must be the name of a client");
}

function checkSockets(listen: readonly ListenConfig[], refuse: RefuseField): void {
  for (const [index, { socket }] of listen.entries()) {
    if (socket !== undefined && listen.findIndex((where) => where.socket === socket) < index)
      refuse(`/listen/${index}/socket`, "must not be the socket of another listener");
  }
}

function checkDiffers(
  clients: readonly ClientConfig[],
  index: number,
  field: "name" | "keyFile" | "certificateSha256",
  refuse: RefuseField,
): void {
  const value = clients[index]?.[field];
  if (value !== undefined && clients.findIndex((client) => client[field] === value) < index)
    refuse(`/clients/${index}/${field}`, "must not be that of another client");
}

function refusePointer(pointer: string, message: string): never {
  return refuseOption(`${pointer === "" ? "config" : pointer}: ${message}`);
}
