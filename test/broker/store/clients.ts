import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type SharedStore, valkeyStore, type ValkeyClient } from "@countersign/broker";
import { createClient, createCluster, createSentinel } from "@redis/client";
import ioredis from "ioredis";
import * as iovalkey from "iovalkey";
import { openStore } from "../../../packages/cli/src/serve/open-store.ts";
import { type Address, PRIMARY_NAME } from "./programs.ts";

/** A store of one process, with a client that was just made. */
export interface OpenStore {
  readonly store: SharedStore;
  close(): void;
}

export type Open = (address: Address, namespace: string) => OpenStore;

const key = randomBytes(32);
const keyring = [{ id: "k", key }];

interface Connected {
  readonly client: ValkeyClient;
  close(): void;
}

const own = (connect: (address: Address) => Connected): Open => {
  return (address, namespace) => {
    const connected = connect(address);
    return { store: valkeyStore({ client: connected.client, namespace, keyring }), close: () => connected.close() };
  };
};

const authority = (file: string | undefined): Buffer | undefined =>
  file === undefined ? undefined : readFileSync(file);

/** The options that the guide names. */
function ioredisFamily({ Redis, Cluster }: Pick<typeof iovalkey, "Redis" | "Cluster">): Open {
  return own(({ mode, ports, ca, user, sentinelUser }) => {
    const shared = {
      ...user,
      ...(ca !== undefined && { tls: { ca: authority(ca) } }),
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      enableReadyCheck: false,
      family: 0,
      familyFallback: { enabled: false },
    };
    const nodes = ports.map((port) => ({ host: "localhost", port }));
    const client =
      mode === "cluster"
        ? new Cluster(nodes, {
            redisOptions: shared,
            enableOfflineQueue: false,
            dnsLookup: (address, done) => done(null, address),
          })
        : mode === "sentinel"
          ? new Redis({
              ...shared,
              sentinels: nodes,
              name: PRIMARY_NAME,
              ...(sentinelUser !== undefined && {
                sentinelUsername: sentinelUser.username,
                sentinelPassword: sentinelUser.password,
              }),
              ...(shared.tls !== undefined && { sentinelTLS: shared.tls, enableTLSForSentinelMode: true }),
            })
          : new Redis({ ...shared, ...nodes[0] });
    client.on("error", () => undefined);
    return { client, close: () => client.disconnect() };
  });
}

const redisClient = own(({ mode, ports, ca, user, sentinelUser }) => {
  const security = ca === undefined ? { tls: false as const } : { tls: true as const, ca: authority(ca) };
  const [port = 0] = ports;
  const shared = { ...user, disableOfflineQueue: true };
  const node = { ...shared, socket: { host: "localhost", port, ...security } };
  const client =
    mode === "cluster"
      ? createCluster({
          rootNodes: ports.map((one) => ({ socket: { host: "localhost", port: one, ...security } })),
          defaults: { ...shared, socket: security },
        })
      : mode === "sentinel"
        ? createSentinel({
            name: PRIMARY_NAME,
            sentinelRootNodes: [{ host: "localhost", port }],
            nodeClientOptions: { ...shared, socket: security },
            sentinelClientOptions: { ...sentinelUser, socket: security },
          })
        : createClient(node);
  client.on("error", () => undefined);
  client.connect().catch(() => undefined);
  return { client, close: () => void client.destroy() };
});

/** As `countersign serve` opens it from its configuration. */
const serve: Open = ({ mode, ports, ca, user, sentinelUser }, namespace) => {
  const scheme = ca === undefined ? "redis" : "rediss";
  const config = {
    kind: "valkey" as const,
    mode,
    servers: ports.map((port) => `${scheme}://localhost:${port}`),
    ...(mode === "sentinel" && { sentinelName: PRIMARY_NAME }),
    ...(user !== undefined && { username: user.username, password: { env: "STORE_PASSWORD" } }),
    ...(sentinelUser !== undefined && {
      sentinelUsername: sentinelUser.username,
      sentinelPassword: { env: "SENTINEL_PASSWORD" },
    }),
    ...(ca !== undefined && { ca }),
    namespace,
    keyring: [{ id: "k", key: { env: "STORE_KEY" } }],
  };
  return openStore(config, "serve.json", {
    env: {
      STORE_KEY: key.toString("base64"),
      STORE_PASSWORD: user?.password,
      SENTINEL_PASSWORD: sentinelUser?.password,
    },
  });
};

/** Each client that the guide names, and the one of `countersign serve`. */
export const CLIENTS: Readonly<Record<string, Open>> = {
  iovalkey: ioredisFamily(iovalkey),
  ioredis: ioredisFamily(ioredis as unknown as typeof iovalkey),
  "@redis/client": redisClient,
  "countersign serve": serve,
};
