// A full handshake per request, no session resumed: what judging and reporting one costs beside making it.
import { once } from "node:events";
import tls from "node:tls";
import { createTransport } from "@countersign/transport";
import { startServer } from "../e2e/endpoint.mjs";

/** A variant that connects again and again; `ns` is CPU time per connection. */
export async function handshake(name) {
  const server = await startServer();
  const { port } = new URL(server.url);
  const transport = name === "bare" ? undefined : createTransport({ ca: server.ca, tls: "default" });
  const secureContext = tls.createSecureContext({ ca: server.ca });
  const connect =
    transport === undefined
      ? async () => {
          const socket = tls.connect({ host: "localhost", port: Number(port), secureContext, servername: "localhost" });
          await once(socket, "secureConnect");
          socket.destroy();
        }
      : () => transport.probe(server.url);
  const run = async (until) => {
    let count = 0;
    while (performance.now() < until) {
      await connect();
      count++;
    }
    return count;
  };
  return {
    async measure(budgetMs) {
      await run(performance.now() + budgetMs);
      const usage = process.cpuUsage();
      const count = await run(performance.now() + budgetMs * 2);
      const { user, system } = process.cpuUsage(usage);
      return { ns: ((user + system) * 1e3) / count, count };
    },
    async close() {
      await transport?.close();
      await server.close();
    },
  };
}
