import { fileStore, type SharedStore, valkeyStore } from "@countersign/broker";
import { serverTlsOptions } from "@countersign/transport";
import { Cluster, Redis, type RedisOptions } from "iovalkey";
import { readTextFile } from "../input.ts";
import type { Io } from "../io.ts";
import { withPosition } from "../daemon/config-file.ts";
import { readKey, readSecret } from "../daemon/secret.ts";
import type { StoreConfig, ValkeyConfig } from "./config.ts";

/** A store, and how to end its connections. */
export interface OpenStore {
  readonly store: SharedStore;
  close(): void;
}

/**
 * Opens the store of a configuration. Its connections are made with its first operation.
 *
 * @throws CliError `INVALID_CONFIG` with the field, `FILE_UNREADABLE`.
 */
export function openStore(config: StoreConfig, file: string, io: Pick<Io, "env">): OpenStore {
  if (config.kind === "file") {
    const { directory, mode } = config;
    return { store: fileStore({ directory, mode }), close: () => undefined };
  }
  const keyring = config.keyring.map(({ id, key }, index) => ({
    id,
    key: readKey(key, `/store/keyring/${index}/key`, io),
  }));
  const client = connect(config, io);
  // The store's guard reports failures of operations; without a listener an error of the connection would end the process.
  client.on("error", () => undefined);
  const { namespace } = config;
  return {
    store: withPosition(file, "/store", () => valkeyStore({ client, namespace, keyring })),
    close: () => client.disconnect(),
  };
}

const PORT = 6379;
const MAX_RETRY_MS = 2000;

function connect(config: ValkeyConfig, io: Pick<Io, "env">): Redis | Cluster {
  const { servers, mode = "standalone", sentinelName, username, password } = config;
  const { sentinelUsername, sentinelPassword } = config;
  const nodes = servers.map((server) => {
    const { hostname: host, port, protocol } = new URL(server);
    return { host, port: port === "" ? PORT : Number(port), isTls: /^(?:rediss|valkeys):$/u.test(protocol) };
  });
  const read = (name: string | undefined): string | undefined => (name === undefined ? undefined : readTextFile(name));
  const { minVersion, maxVersion, ciphers, ecdhCurve, sigalgs } = serverTlsOptions();
  const tls = nodes.some(({ isTls }) => isTls)
    ? {
        minVersion,
        maxVersion,
        ciphers,
        ecdhCurve,
        sigalgs,
        ca: read(config.ca),
        cert: read(config.certificate),
        key: read(config.key),
      }
    : undefined;
  const shared: RedisOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: readSecret(password, "/store/password", io) }),
    ...(tls !== undefined && { tls }),
    lazyConnect: true,
    enableOfflineQueue: false,
    // The store limits the time of each operation itself.
    maxRetriesPerRequest: 1,
    // INFO is not among the rights that the guide's ACL gives.
    enableReadyCheck: false,
    // The client would otherwise try IPv6 after a lost connection, and with sentinels it would never return to IPv4.
    family: 0,
    familyFallback: { enabled: false },
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RETRY_MS),
  };
  switch (mode) {
    case "cluster":
      return new Cluster(
        nodes.map(({ host, port }) => ({ host, port })),
        {
          redisOptions: shared,
          lazyConnect: true,
          enableOfflineQueue: false,
          enableReadyCheck: false,
          // Certificates are checked against the names of servers, so names are not replaced by addresses first.
          dnsLookup: (address, done) => done(null, address),
          clusterRetryStrategy: (attempt) => Math.min(attempt * 100, MAX_RETRY_MS),
        },
      );
    case "sentinel":
      return new Redis({
        ...shared,
        sentinels: nodes.map(({ host, port }) => ({ host, port })),
        name: sentinelName ?? "",
        ...(sentinelUsername !== undefined && { sentinelUsername }),
        ...(sentinelPassword !== undefined && {
          sentinelPassword: readSecret(sentinelPassword, "/store/sentinelPassword", io),
        }),
        ...(tls !== undefined && {
          sentinelTLS: tls,
          enableTLSForSentinelMode: true,
        }),
      });
    default: {
      const [{ host, port } = { host: "127.0.0.1", port: PORT }] = nodes;
      return new Redis({ ...shared, host, port });
    }
  }
}
