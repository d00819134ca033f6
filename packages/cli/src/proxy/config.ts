import { createSecureContext } from "node:tls";
import {
  checkProxyConfig,
  type ListenConfig,
  type ListenOptions,
  type PlaceholderKey,
  type ProxyConfig,
} from "@countersign/proxy";
import { CliError } from "../cli-error.ts";
import { type Certified, readCertificate } from "../daemon/certificate.ts";
import { type DaemonConfig, readConfigFile } from "../daemon/config-file.ts";
import { checkAddresses, checkAdmin } from "../daemon/listen-config.ts";
import { readJsonFile, readTextFile } from "../input.ts";
import { readingFilesOnly } from "../read-limited.ts";
import { PROXY_FILE_SCHEMA } from "./schema.ts";

/** The file of `countersign proxy`, as `PROXY_FILE_SCHEMA` describes it. */
export interface ProxyFile extends ProxyConfig, DaemonConfig {}

/** A configuration, and what the files that it names hold. */
export interface ReadProxy {
  readonly config: ProxyFile;
  /** In the order of `config.listen`. */
  readonly listens: readonly ListenOptions[];
  /** By the client's name. */
  readonly keys: ReadonlyMap<string, PlaceholderKey>;
}

/**
 * Reads and checks the file of `countersign proxy`, and the files that it names.
 *
 * @param look at the names of all files before those that the configuration names are read.
 * @throws CliError `INVALID_CONFIG` that names file, line and field; `FILE_UNREADABLE`.
 */
export function readProxy(file: string, look: (files: readonly string[]) => void = () => undefined): ReadProxy {
  const { config: checked, refuse } = readConfigFile(file, PROXY_FILE_SCHEMA);
  const {
    $schema: _schema,
    admin,
    log,
    drain,
    watchSeconds,
    ...own
  } = checked as ProxyFile & { readonly $schema?: string };
  const config: ProxyFile = {
    ...checkProxyConfig(own, refuse),
    ...(admin && { admin }),
    ...(log && { log }),
    ...(drain && { drain }),
    ...(watchSeconds !== undefined && { watchSeconds }),
  };
  if (admin !== undefined) checkAdmin(admin, refuse);
  const { listen, forward, clients } = config;
  const addresses = listen.flatMap(({ host, port, socket }, index) =>
    socket === undefined ? [[`/listen/${index}`, { host, port: port ?? 0 }] as const] : [],
  );
  checkAddresses(
    [
      ...addresses,
      ...(forward === undefined ? [] : [["/forward", forward] as const]),
      ...(admin === undefined ? [] : [["/admin", admin] as const]),
    ],
    refuse,
  );
  look(filesOfProxy(config, file));
  return readingFilesOnly(() => {
    const keys = new Map(
      clients.flatMap(({ name, keyFile }) => (keyFile === undefined ? [] : [[name, readKey(keyFile)] as const])),
    );
    return { config, listens: listen.map(listenOptions), keys };
  });
}

/** The files whose change is a reload. */
export function filesOfProxy({ listen, clients, admin }: ProxyFile, file: string): readonly string[] {
  const { token } = admin ?? {};
  const named = [
    file,
    ...listen.flatMap((where) => [where.certificateFile, where.keyFile, where.clientCaFile]),
    ...clients.map(({ keyFile }) => keyFile),
    admin?.certificate,
    admin?.key,
    token !== undefined && "file" in token ? token.file : undefined,
  ];
  return [...new Set(named.filter((one): one is string => one !== undefined))];
}

/** The addresses with a certificate of their own, as `certificatesOf` takes them. */
export function certifiedBy({ listen, admin }: ProxyFile): readonly (Certified | undefined)[] {
  return [...listen.map(({ certificateFile, keyFile }) => ({ certificate: certificateFile, key: keyFile })), admin];
}

function listenOptions({ certificateFile, keyFile, clientCaFile, ...where }: ListenConfig): ListenOptions {
  const read = (name: string | undefined): string | undefined => (name === undefined ? undefined : readTextFile(name));
  const files = readCertificate({ certificate: certificateFile, key: keyFile });
  const clientCa = read(clientCaFile);
  try {
    createSecureContext({ ca: clientCa });
  } catch (cause) {
    throw new CliError("INVALID_CONFIG", `${clientCaFile}: must be certificates of authorities, in PEM`, { cause });
  }
  return { ...where, cert: files?.cert, key: files?.key, clientCa };
}

function readKey(file: string): PlaceholderKey {
  const { accessKeyId, secretAccessKey } = Object(readJsonFile(file)) as Partial<PlaceholderKey>;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") {
    throw new CliError(
      "INVALID_CONFIG",
      `${file}: must be { "accessKeyId", "secretAccessKey" }; make one with countersign proxy --issue`,
    );
  }
  return { accessKeyId, secretAccessKey };
}
