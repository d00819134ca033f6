import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis } from "iovalkey";
import type { ServerProgram } from "../redis.ts";

/** How the clients of a test reach a server of it, or a group of servers. */
export interface Address {
  readonly mode: "standalone" | "cluster" | "sentinel";
  readonly ports: readonly number[];
  /** The file of the authority; without it the connection is not encrypted. */
  readonly ca?: string;
  /** Absent: the default user, without a password. */
  readonly user?: User;
  /** Of the sentinels; absent: their default user, without a password. */
  readonly sentinelUser?: User;
}

export interface User {
  readonly username: string;
  readonly password: string;
}

export const PRIMARY_NAME = "primary";

/** A running server of a group. */
export interface Node {
  readonly port: number;
  /** A connection of the test's own, as the default user. */
  readonly client: Redis;
  kill(): Promise<void>;
}

/** The servers of one program that a test started. They listen on the loopback interface. */
export interface ServerGroup {
  standalone(): Promise<{ plain: Address; withUser: Address; withTls: Address }>;
  cluster(): Promise<{ address: Address; nodes: readonly Node[] }>;
  sentinel(): Promise<{ address: Address; primary: Node; replica: Node }>;
  stop(): Promise<void>;
}

/** Every certificate is for the name `localhost` only: a client that checks an IP address in its place fails. */
export function createServerGroup(
  program: ServerProgram,
  { acl, clusterAcl, sentinelAcl }: { readonly acl: string; readonly clusterAcl: string; readonly sentinelAcl: string },
): ServerGroup {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-servers-"));
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 -keyout key.pem -out ca.pem";
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });
  const ca = path.join(folder, "ca.pem");
  const key = path.join(folder, "key.pem");
  const user = userOf(acl);
  const { username } = user;
  const running: Node[] = [];

  async function start(settings: readonly string[], { isSentinel = false } = {}): Promise<Node> {
    const port = await freePort();
    const directory = path.join(folder, String(port));
    mkdirSync(directory);
    const shared = [
      "port 0",
      `tls-port ${port}`,
      "bind 127.0.0.1",
      `tls-cert-file ${ca}`,
      `tls-key-file ${key}`,
      `tls-ca-cert-file ${ca}`,
      "tls-auth-clients no",
      "tls-replication yes",
      `dir ${directory}`,
    ];
    // The test's own connection is not the clients'.
    const guarded = ["user default off", `user tester on >tester allkeys allchannels +@all`, `user ${sentinelAcl}`];
    const data = ['save ""', "appendonly no", "repl-diskless-sync-delay 0", `user ${acl}`];
    const file = path.join(directory, "server.conf");
    writeFileSync(file, [...shared, ...(isSentinel ? guarded : data), ...settings, ""].join("\n"));
    const child: ChildProcess = spawn(program, [file, ...(isSentinel ? ["--sentinel"] : [])], { stdio: "pipe" });
    let said = "";
    child.stdout?.on("data", (part: Buffer) => (said = (said + part.toString()).slice(-4000)));
    const client = new Redis({
      host: "localhost",
      port,
      tls: { ca: readFileSync(ca) },
      ...(isSentinel && { username: "tester", password: "tester" }),
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    client.on("error", () => undefined);
    const node: Node = {
      port,
      client,
      async kill() {
        client.disconnect();
        child.kill("SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      },
    };
    running.push(node);
    for (;;) {
      const isConnected = await client.connect().then(
        () => true,
        () => false,
      );
      if (isConnected) return node;
      if (child.exitCode !== null) throw new Error(`${program} ended before it was ready: ${said}`);
      await setTimeout(20);
    }
  }

  return {
    async standalone() {
      const plainPort = await freePort();
      const { port } = await start([`port ${plainPort}`]);
      const plain = { mode: "standalone", ports: [plainPort] } as const;
      return { plain, withUser: { ...plain, user }, withTls: { mode: "standalone", ports: [port], ca, user } };
    },

    async cluster() {
      const nodes = await Promise.all(
        [0, 1, 2].map(async () =>
          start([
            "cluster-enabled yes",
            "tls-cluster yes",
            `cluster-port ${await freePort()}`,
            "cluster-announce-hostname localhost",
            "cluster-preferred-endpoint-type hostname",
          ]),
        ),
      );
      const [first] = nodes as [Node, Node, Node];
      const ranges = [0, 5461, 10_923, 16_384];
      for (const [index, { client, port }] of nodes.entries()) {
        await client.call("ACL", ["SETUSER", username, ...clusterAcl.split(" ")]);
        await client.call("CLUSTER", ["ADDSLOTSRANGE", ranges[index] ?? 0, (ranges[index + 1] ?? 0) - 1]);
        const [, bus = ""] = /@(\d+)/u.exec(String(await client.call("CLUSTER", ["NODES"]))) ?? [];
        if (client !== first.client) await first.client.call("CLUSTER", ["MEET", "127.0.0.1", port, bus]);
      }
      for (const { client } of nodes) {
        const isReady = async (): Promise<boolean> => {
          const info = String(await client.call("CLUSTER", ["INFO"]));
          return info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3");
        };
        while (!(await isReady())) await setTimeout(50);
      }
      return { address: { mode: "cluster", ports: nodes.map(({ port }) => port), ca, user }, nodes };
    },

    async sentinel() {
      const announced = "replica-announce-ip localhost";
      const primary = await start([announced]);
      const replica = await start([announced, `replicaof localhost ${primary.port}`]);
      while (!(await replica.client.info("replication")).includes("master_link_status:up")) await setTimeout(20);
      const settings = [
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        `sentinel monitor ${PRIMARY_NAME} localhost ${primary.port} 1`,
        `sentinel down-after-milliseconds ${PRIMARY_NAME} 1000`,
        // A failover that failed is tried again after twice this time.
        `sentinel failover-timeout ${PRIMARY_NAME} 1500`,
      ];
      const watcher = await start(settings, { isSentinel: true });
      const knownReplicas = async (): Promise<unknown[]> =>
        (await watcher.client.call("SENTINEL", ["REPLICAS", PRIMARY_NAME])) as unknown[];
      while ((await knownReplicas()).length === 0) await setTimeout(50);
      const sentinelUser = userOf(sentinelAcl);
      return { address: { mode: "sentinel", ports: [watcher.port], ca, user, sentinelUser }, primary, replica };
    },

    async stop() {
      await Promise.all(running.map((node) => node.kill()));
      rmSync(folder, { recursive: true });
    },
  };
}

/** The name and the password of a line of an access list. */
function userOf(line: string): User {
  const [username = "", ...rules] = line.split(" ");
  return { username, password: rules.find((rule) => rule.startsWith(">"))?.slice(1) ?? "" };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
