import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly received: Received[];
}

/** A real server on loopback that remembers what it was sent. */
export async function localServer(
  answer: (request: Received, response: ServerResponse, count: number) => void = (_, response) => response.end("ok"),
): Promise<LocalServer> {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    void read(incoming).then((request) => answer(request, response, received.push(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${host}`,
    host,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return { method: incoming.method ?? "", path: incoming.url ?? "", headers, body: Buffer.concat(chunks) };
}

/** The element there is; a test that expects one fails without it. */
export function nth<Element>(list: readonly Element[], index: number): Element {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no element ${index} of ${list.length}`);
  return found;
}
