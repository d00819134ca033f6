// What stands between client and service in this suite, in a process of its own: the signing proxy, or a bare pipe of
// undici that neither verifies nor signs. Prints its port; a line on standard input is answered with the CPU time that the
// process has used, in microseconds, and its peak of memory; ends with its standard input.
import http from "node:http";
import { pipeline } from "node:stream/promises";
import { createInterface } from "node:readline";
import { createProxy } from "@countersign/proxy";
import { createTransport } from "@countersign/transport";
import { Pool } from "undici";
import { credentials } from "../e2e/fixture.mjs";
import { key } from "./fixture.mjs";

const [kind, url, ca] = process.argv.slice(2);

const doors = {
  async proxy() {
    const transport = createTransport({ ca, connections: 64 });
    const proxy = await createProxy({
      transport,
      endpoints: { url },
      clients: [
        {
          name: "bench",
          key,
          credentials,
          allow: [{ actions: ["sagemaker:InvokeEndpoint", "s3:*"] }],
          maxInFlight: 10_000,
        },
      ],
    });
    return Number(new URL((await proxy.listen({})).url).port);
  },
  async pipe() {
    const pool = new Pool(url, { connect: { ca }, connections: 64, pipelining: 1 });
    const pass = async (request, response) => {
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const answer = await pool.request({ method: request.method, path: request.url, headers, body: request });
      response.writeHead(answer.statusCode, answer.headers);
      await pipeline(answer.body, response);
    };
    const server = http.createServer((request, response) => {
      pass(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server.address().port;
  },
};

const port = await doors[kind]();
process.stdout.write(`${JSON.stringify({ port })}\n`);
const lines = createInterface({ input: process.stdin });
lines.on("line", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(`${JSON.stringify({ us: userCPUTime + systemCPUTime, peakMiB: Math.round(maxRSS / 1024) })}\n`);
});
lines.on("close", () => process.exit(0));
