import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Identity } from "../../packages/transport/test/authority.ts";

/** One `server` block. */
export interface NginxServer {
  readonly name: string;
  readonly identity: Pick<Identity, "certFile" | "keyFile">;
  /** Directives, such as `ssl_protocols TLSv1.2;`. */
  readonly directives: readonly string[];
}

/** A running nginx with a port per server. */
export interface Nginx {
  port(name: string): number;
  /** Requests that its access log has for a server; bytes that make no request are there as 400. */
  requests(name: string): number;
  stop(): Promise<void>;
}

async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => once(server.close(), "close")));
  return ports;
}

export async function startNginx(directory: string, servers: readonly NginxServer[]): Promise<Nginx> {
  const ports = await freePorts(servers.length);
  const prefix = join(directory, "nginx");
  mkdirSync(prefix, { recursive: true });
  const log = join(prefix, "access.log");
  const blocks = servers.map(
    ({ identity, directives }, n) => `
    server {
      listen 127.0.0.1:${ports[n]} ssl http2;
      ssl_certificate ${identity.certFile};
      ssl_certificate_key ${identity.keyFile};
      ${directives.join("\n      ")}
      return 200 "ok";
    }`,
  );
  writeFileSync(
    join(prefix, "nginx.conf"),
    `daemon off;
  master_process off;
  pid ${join(prefix, "nginx.pid")};
  error_log ${join(prefix, "error.log")} info;
  events { worker_connections 256; }
  http {
    log_format each "$server_port $status $request";
    access_log ${log} each;
    keepalive_timeout 0;
    ssl_ecdh_curve X25519:prime256v1:secp384r1;
    ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${join(prefix, kind)};`).join("\n    ")}
    ${blocks.join("\n")}
  }\n`,
  );
  const child = spawn("nginx", ["-p", prefix, "-c", join(prefix, "nginx.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  await Promise.all(ports.map((port) => reachable(port, () => (child.exitCode === null ? undefined : errors))));
  const portOf = (name: string): number => ports[servers.findIndex((server) => server.name === name)] ?? 0;
  return {
    port: portOf,
    requests: (name) =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.startsWith(`${portOf(name)} `)).length,
    async stop() {
      if (child.exitCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}

async function reachable(port: number, dead: () => string | undefined): Promise<void> {
  for (;;) {
    const reason = dead();
    if (reason !== undefined) throw new Error(`nginx did not start: ${reason}`);
    const socket = net.connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}
