import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Authority, Identity } from "../../packages/transport/test/authority.ts";
import { runtimeBinary } from "../runtimes/binaries.ts";
import type { Job } from "./client-process.ts";
import { dhParameters } from "./dh-parameters.ts";
import { opensslConfiguration, withoutKeyShare } from "./hostile-openssl.ts";
import { type Nginx, type NginxServer, startNginx } from "./nginx.ts";
import { startOpenssl } from "./openssl-server.ts";

/** A server to be tried, with the client's options where they are not the defaults. */
export interface MatrixServer {
  readonly name: string;
  readonly options?: Partial<Job["options"]>;
  /** HTTP/2 is spoken here. */
  readonly http2: boolean;
  readonly port: number;
  /** By the server's own record: how many requests, or how many bytes of one, it has seen. */
  readonly received: () => number | Promise<number>;
}

interface Running {
  readonly servers: readonly MatrixServer[];
  stop(): Promise<void>;
}

/** Starts every server of the matrix. */
export async function startMatrix(authority: Authority): Promise<Running> {
  const ec = authority.issue();
  const rsa = authority.issue({ key: "rsa" });
  const dh = (bits: 1024 | 2048): string => {
    const file = join(authority.directory, `dh${bits}.pem`);
    writeFileSync(file, dhParameters(bits));
    return file;
  };
  const dh1024 = dh(1024);
  const dh2048 = dh(2048);

  const nginx = await startNginx(authority.directory, nginxServers(authority, ec, rsa, dh1024, dh2048));
  const openssl = await Promise.all(
    opensslServers(ec, rsa, dh1024).map(async ({ name, identity, flags }) => ({
      name,
      server: await startOpenssl(identity, flags),
    })),
  );
  const hybrid = await Promise.all(
    postQuantumServers.map(async ({ name, groups, configuration }) => ({
      name,
      server: await startPostQuantum(ec, groups, configuration),
    })),
  );
  const all = [
    ...nginxServers(authority, ec, rsa, dh1024, dh2048).map(({ name }) => fromNginx(nginx, name)),
    ...openssl.map(({ name, server }) => ({
      name,
      http2: false,
      port: server.port,
      received: () => server.output().split("GET /matrix HTTP/1.1").length - 1,
    })),
    ...hybrid.map(({ name, server }) => ({ name, http2: false, port: server.port, received: server.requests })),
  ];
  const find = (name: string): MatrixServer => {
    const found = all.find((server) => server.name === name);
    if (found === undefined) throw new Error(`no server is called ${name}`);
    return found;
  };
  const variants = optionVariants.map(({ server, shown, options }) => ({
    ...find(server),
    name: `${server} [${shown}]`,
    options,
  }));
  return {
    servers: [...all, ...variants],
    async stop() {
      await Promise.all([
        nginx.stop(),
        ...openssl.map((one) => one.server.stop()),
        ...hybrid.map((one) => one.server.stop()),
      ]);
    },
  };
}

function fromNginx(nginx: Nginx, name: string): MatrixServer {
  return { name, http2: true, port: nginx.port(name), received: () => nginx.requests(name) };
}

/** Debian's OpenSSL asks for security level 2 unless told otherwise. */
function nginxServers(
  authority: Authority,
  ec: Identity,
  rsa: Identity,
  dh1024: string,
  dh2048: string,
): NginxServer[] {
  const tls12 = "ssl_protocols TLSv1.2;";
  const server = (name: string, identity: Identity, ...directives: string[]): NginxServer => ({
    name: `nginx: ${name}`,
    identity,
    directives,
  });
  return [
    server("static RSA only", rsa, tls12, "ssl_ciphers AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA;"),
    server("TLS 1.0 and 1.1 only", rsa, "ssl_protocols TLSv1 TLSv1.1;", "ssl_ciphers ALL:@SECLEVEL=0;"),
    server(
      "TLS 1.2, CBC only",
      rsa,
      tls12,
      "ssl_ciphers ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA;",
    ),
    server(
      "TLS 1.2, DHE 1024",
      rsa,
      tls12,
      "ssl_ciphers DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0;",
      `ssl_dhparam ${dh1024};`,
    ),
    server("TLS 1.2, DHE 2048", rsa, tls12, "ssl_ciphers DHE-RSA-AES128-GCM-SHA256;", `ssl_dhparam ${dh2048};`),
    server("TLS 1.2, ECDHE RSA", rsa, tls12, "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
    server(
      "TLS 1.2, ECDHE ECDSA, tickets",
      ec,
      tls12,
      "ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384;",
      "ssl_session_tickets on;",
    ),
    server("TLS 1.2, session ids", ec, tls12, "ssl_session_tickets off;", "ssl_session_cache shared:ids:1m;"),
    server("TLS 1.3", ec, "ssl_protocols TLSv1.3;"),
    server("TLS 1.3, P-384 only", ec, "ssl_protocols TLSv1.3;", "ssl_ecdh_curve secp384r1;"),
    server("expired certificate", authority.issue({ days: -1 })),
    server("self-signed certificate", authority.issue({ issuer: undefined })),
    server("certificate of another host", authority.issue({ san: "DNS:other.example" })),
    server("certificate for clients", authority.issue({ usage: "clientAuth" })),
  ];
}

function opensslServers(
  ec: Identity,
  rsa: Identity,
  dh1024: string,
): { readonly name: string; readonly identity: Identity; readonly flags: readonly string[] }[] {
  const server = (name: string, identity: Identity, ...flags: string[]) => ({
    name: `openssl: ${name}`,
    identity,
    flags,
  });
  return [
    server("static RSA only", rsa, "-tls1_2", "-cipher", "AES256-GCM-SHA384"),
    server("TLS 1.1 only", rsa, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
    server("TLS 1.2, DHE 1024", rsa, "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", dh1024),
    server(
      "TLS 1.2, ECDHE RSA with CHACHA20",
      rsa,
      "-tls1_2",
      "-cipher",
      "ECDHE-RSA-CHACHA20-POLY1305",
      "-groups",
      "P-256",
    ),
    server("TLS 1.2, SHA-1 signatures only", rsa, "-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "ECDHE:@SECLEVEL=0"),
    server("TLS 1.3", ec, "-tls1_3", "-groups", "X25519"),
    server("TLS 1.3 without fresh keys on resumption", ec, "-tls1_3", "-groups", "X25519", "-allow_no_dhe_kex"),
  ];
}

const postQuantumServers: readonly {
  readonly name: string;
  readonly groups: string;
  readonly configuration?: readonly string[];
}[] = [
  { name: "node: X25519MLKEM768 only", groups: "X25519MLKEM768" },
  { name: "node: X25519MLKEM768 before X25519", groups: "X25519MLKEM768:X25519" },
  { name: "node: SecP256r1MLKEM768 before P-256", groups: "SecP256r1MLKEM768:P-256" },
  { name: "node: resumes without a key share", groups: "X25519MLKEM768:X25519", configuration: withoutKeyShare },
];

const optionVariants: readonly {
  readonly server: string;
  readonly shown: string;
  readonly options: Partial<Job["options"]>;
}[] = [
  { server: "nginx: TLS 1.2, DHE 2048", shown: "dhe: min2048", options: { tls: { dhe: "min2048" } } },
  { server: "nginx: TLS 1.2, DHE 1024", shown: "dhe: min2048", options: { tls: { dhe: "min2048" } } },
  { server: "openssl: TLS 1.2, DHE 1024", shown: "dhe: min2048", options: { tls: { dhe: "min2048" } } },
  { server: "nginx: TLS 1.2, ECDHE RSA", shown: "tls13", options: { tls: "tls13" } },
  { server: "nginx: TLS 1.3", shown: "tls13", options: { tls: "tls13" } },
  { server: "nginx: TLS 1.3", shown: "fips", options: { tls: "fips" } },
  { server: "openssl: TLS 1.2, ECDHE RSA with CHACHA20", shown: "fips", options: { tls: "fips" } },
  { server: "nginx: TLS 1.3", shown: "postQuantum: require", options: { postQuantum: "require" } },
  { server: "nginx: TLS 1.2, ECDHE RSA", shown: "postQuantum: require", options: { postQuantum: "require" } },
  { server: "node: X25519MLKEM768 before X25519", shown: "postQuantum: require", options: { postQuantum: "require" } },
  { server: "node: X25519MLKEM768 before X25519", shown: "postQuantum: off", options: { postQuantum: "off" } },
  { server: "node: SecP256r1MLKEM768 before P-256", shown: "fips", options: { tls: "fips" } },
];

export async function startPostQuantum(
  { cert, key }: Identity,
  groups: string,
  configuration?: readonly string[],
): Promise<{ port: number; requests: () => Promise<number>; stop: () => Promise<void> }> {
  const child = fork(
    fileURLToPath(new URL("post-quantum-server.mjs", import.meta.url)),
    [JSON.stringify({ cert, key, groups })],
    {
      execPath: runtimeBinary("n24"),
      execArgv: [],
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        ...(configuration && { OPENSSL_CONF: opensslConfiguration(...configuration) }),
      },
    },
  );
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    async requests() {
      child.send("requests?");
      const [{ requests }] = (await once(child, "message")) as [{ requests: number }];
      return requests;
    },
    async stop() {
      const exit = once(child, "exit");
      child.kill();
      await exit;
    },
  };
}
