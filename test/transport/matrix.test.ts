import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import { type ProxyServer, startProxy } from "../../packages/transport/test/proxy-server.ts";
import { type SocksServer, startSocks } from "../../packages/transport/test/socks-server.ts";
import type { Runtime } from "../runtimes/binaries.ts";
import { type ClientProcess, type Job, startClient } from "./client-process.ts";
import { hostileConfiguration, opensslConfiguration } from "./hostile-openssl.ts";
import { type MatrixServer, startMatrix } from "./matrix-servers.ts";
import { OutcomeTable, outcomesOf, readOutcomes } from "./outcome-table.ts";

const file = new URL("matrix.md", import.meta.url);
const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26"];
const ways = [
  "https.Agent",
  "undici request",
  "first request",
  "request",
  "SDK handler",
  "fetch",
  "HTTP/2",
  "SDK handler over HTTP/2",
];

let authority: Authority;
let matrix: Awaited<ReturnType<typeof startMatrix>>;
let clients: readonly ClientProcess[];
let attacked: readonly ClientProcess[];
let socks: SocksServer;
let proxy: ProxyServer;

const startClients = (env?: Record<string, string>): Promise<ClientProcess[]> =>
  Promise.all(runtimes.map((runtime) => startClient(runtime, env)));

beforeAll(async () => {
  authority = createAuthority();
  [matrix, clients, attacked, socks, proxy] = await Promise.all([
    startMatrix(authority),
    startClients(),
    startClients({ OPENSSL_CONF: opensslConfiguration(...hostileConfiguration) }),
    startSocks(),
    startProxy(),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([...(clients ?? []), ...(attacked ?? [])].map((client) => client.stop()));
  await Promise.all([socks?.close(), proxy?.close()]);
  await matrix?.stop();
  authority?.dispose();
});

/** How many requests each server must have seen, by the clients' own records. */
const sent = new Map<MatrixServer["received"], number>();

function count(server: MatrixServer, requests: number): void {
  sent.set(server.received, (sent.get(server.received) ?? 0) + requests);
}

/** Tries each way on each server, with all clients at once, and returns the outcomes. */
async function tryAll(by: readonly ClientProcess[], options: Partial<Job["options"]> = {}): Promise<OutcomeTable> {
  const table = new OutcomeTable();
  for (const server of matrix.servers) {
    const url = `https://localhost:${server.port}/matrix`;
    const job = { ca: authority.root.cert, ...options, ...server.options };
    for (const way of ways.filter((name) => server.http2 || !name.includes("HTTP/2"))) {
      const results = await Promise.all(by.map((client) => client.run({ way, url, options: job })));
      for (const [n, { outcome, handshakes = [] }] of results.entries()) {
        const { title = "" } = by[n] ?? {};
        expect(`${server.name}, ${way}, ${title}: ${outcome}`).toMatch(/: TLS(?:v1\.[23] |_)/);
        // A request leaves on each connection that satisfies the policy, and on no other.
        count(server, handshakes.length);
        table.add(server.name, way, title, outcome);
      }
    }
  }
  return table;
}

async function tryBare(): Promise<OutcomeTable> {
  const table = new OutcomeTable();
  for (const server of matrix.servers.filter(({ options }) => options === undefined)) {
    for (const client of clients) {
      const url = `https://localhost:${server.port}/matrix`;
      const { outcome } = await client.run({ way: "bare", url, options: { ca: authority.root.cert } });
      count(server, outcome === "accepted" ? 1 : 0);
      table.add(server.name, "https.get", client.title, outcome);
    }
  }
  return table;
}

it("accepts and refuses servers as the committed table says, by every way and on every Node", async () => {
  const policy = await tryAll(clients);
  const bare = await tryBare();
  const underAttack = await tryAll(attacked);
  const hostile = underAttack.differences(policy);
  const tunnelled = (await tryAll(clients, { proxy: socks.url })).differences(policy);
  const attackedTunnels = (await tryAll(attacked, { proxy: proxy.url })).differences(underAttack);
  // By the servers' own records, which nginx writes a little later: servers that were refused got no request.
  for (const server of matrix.servers) {
    const expected = sent.get(server.received);
    await vi.waitFor(
      async () => expect([server.name, await server.received()]).toEqual([server.name, expected]),
      10_000,
    );
  }
  expect(tunnelled.outcomes).toEqual(new Map());
  expect(attackedTunnels.outcomes).toEqual(new Map());
  expect(socks.asked.length).toBeGreaterThan(500);
  expect(proxy.asked.length).toBeGreaterThan(500);
  const document = `# Accepted and refused servers

Written by \`matrix.test.ts\` from real handshakes and compared with what is committed; \`UPDATE_MATRIX=1\` writes it anew.
Each cell is the outcome of two requests on a connection each: protocol, suite and group of the first, and of the second
where it differs; or the code of the refusal. No byte of a request arrived on a refused connection.

Inside a SOCKS5 tunnel (\`proxy: "socks5h://…"\`) every cell is the same. So is every cell of the second table inside a
tunnel of an HTTP proxy (\`CONNECT\`).

${policy.toString()}

## Under a hostile OpenSSL configuration

Cells that differ when \`OPENSSL_CONF\` has ${hostileConfiguration.map((command) => `\`${command}\``).join(", ")}.

${hostile.toString()}

## Node alone, with the same CA

${bare.toString()}
`;
  if (process.env["UPDATE_MATRIX"] === "1") writeFileSync(file, document);
  const titles = clients.map(({ title }) => title);
  if (!titles.includes("Node 20")) console.warn("The matrix was compared without its column for Node 20.");
  const committed = readFileSync(file, "utf8");
  for (const part of [0, 1, 2]) {
    const section = (text: string): string => text.split("\n## ")[part] ?? "";
    expect(outcomesOf(titles, readOutcomes(section(document)))).toEqual(
      outcomesOf(titles, readOutcomes(section(committed))),
    );
  }
}, 400_000);
