import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import type { Runtime } from "../runtimes/binaries.ts";
import { type ClientProcess, startClient } from "./client-process.ts";
import { type MatrixServer, startMatrix } from "./matrix-servers.ts";
import { OutcomeTable, outcomesOf, readOutcomes } from "./outcome-table.ts";

const file = new URL("matrix.md", import.meta.url);
const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26"];
const ways = ["https.Agent", "undici request", "request", "fetch", "HTTP/2"];

let authority: Authority;
let matrix: Awaited<ReturnType<typeof startMatrix>>;
let clients: ClientProcess[];

beforeAll(async () => {
  authority = createAuthority();
  [matrix, clients] = await Promise.all([
    startMatrix(authority),
    Promise.all(runtimes.map((runtime) => startClient(runtime))),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all((clients ?? []).map((client) => client.stop()));
  await matrix?.stop();
  authority?.dispose();
});

async function attempt(server: MatrixServer, way: string, client: ClientProcess): Promise<string> {
  const url = `https://localhost:${server.port}/matrix`;
  const { outcome } = await client.run({ way, url, options: { ca: authority.root.cert, ...server.options } });
  expect(`${server.name}, ${way}, ${client.title}: ${outcome}`).toMatch(/: TLS(?:v1\.[23] |_)/);
  return outcome;
}

it("accepts and refuses servers as the committed table says, by every way and on every Node", async () => {
  const policy = new OutcomeTable();
  const bare = new OutcomeTable();
  const sent = new Map<MatrixServer["received"], number>();
  for (const server of matrix.servers) {
    const count = (requests: number): unknown => sent.set(server.received, (sent.get(server.received) ?? 0) + requests);
    for (const client of clients) {
      for (const way of ways) {
        if (way === "HTTP/2" && !server.http2) continue;
        const outcome = await attempt(server, way, client);
        count(outcome.startsWith("TLSv1") ? 2 : 0);
        policy.add(server.name, way, client.title, outcome);
      }
      if (server.options === undefined) {
        const url = `https://localhost:${server.port}/matrix`;
        const { outcome } = await client.run({ way: "bare", url, options: { ca: authority.root.cert } });
        count(outcome === "accepted" ? 1 : 0);
        bare.add(server.name, "https.get", client.title, outcome);
      }
    }
  }
  // By the servers' own records, which nginx writes a little later: what was refused sent nothing.
  for (const server of matrix.servers) {
    const expected = sent.get(server.received);
    await vi.waitFor(
      async () => expect([server.name, await server.received()]).toEqual([server.name, expected]),
      10_000,
    );
  }
  const document = `# What is accepted and what is refused

Written by \`matrix.test.ts\` from real handshakes and compared with what is committed; \`UPDATE_MATRIX=1\` writes it anew.
Each cell is the outcome of two requests on a connection each: protocol, suite and group of the first, and of the second
where it differs; or the code of the refusal, of which no byte of a request had arrived at the server.

${policy.toString()}

## Node alone, with the same CA

${bare.toString()}
`;
  if (process.env["UPDATE_MATRIX"] === "1") writeFileSync(file, document);
  const titles = clients.map(({ title }) => title);
  if (!titles.includes("Node 20")) console.warn("The matrix was compared without its column for Node 20.");
  const committed = readOutcomes(readFileSync(file, "utf8"));
  expect(outcomesOf(titles, readOutcomes(document))).toEqual(outcomesOf(titles, committed));
}, 180_000);
