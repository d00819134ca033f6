import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import { createVerifier, type KnownKey, type VerifiedRequest } from "@countersign/signer/verify";
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";

/** A request that arrived, and what its signature says. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly verified: VerifiedRequest;
}

/** A server that stands for every host a program calls. */
export interface AsAws extends AsyncDisposable {
  readonly arrived: readonly Arrived[];
  /** What was turned down, with the reason. */
  readonly refused: readonly string[];
  /** For what takes an agent of `node:https`. */
  readonly agent: HttpsAgent;
  /** How `undici` reaches it. */
  readonly connect: (options: unknown, callback: (error: null, socket: Socket) => void) => Socket;
}

/**
 * Starts a server, points the global fetch at it whatever the host, and verifies each signature with the receiving
 * side of the protocol. Connections carry no TLS: what is under test here is what is in them.
 */
export async function asAws(
  keys: Readonly<Record<string, KnownKey>>,
  answer: (request: Arrived, response: ServerResponse) => void,
): Promise<AsAws> {
  const arrived: Arrived[] = [];
  const refused: string[] = [];
  const verify = createVerifier({ resolve: async (id) => keys[id] });
  const receive = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers, rawHeaders } = message;
    const body = Buffer.concat(chunks);
    try {
      const verified = await verify({ method, url, headers: rawHeaders, body });
      const request = { method, url, host: headers.host ?? "", headers, body, verified };
      arrived.push(request);
      answer(request, response);
    } catch (error) {
      refused.push(`${method} ${url}: ${String(error)}`);
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ message: String(error) }));
    }
  };
  const server = createServer((message, response) => void receive(message, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const connect: AsAws["connect"] = (_options, callback) => {
    const socket = net.connect(port, "127.0.0.1", () => callback(null, socket));
    return socket;
  };
  const before = getGlobalDispatcher();
  const dispatcher = new Agent({ connect: connect as never });
  setGlobalDispatcher(dispatcher);
  const agent = Object.assign(new HttpsAgent(), { createConnection: () => net.connect(port, "127.0.0.1") });

  return {
    arrived,
    refused,
    agent,
    connect,
    async [Symbol.asyncDispose]() {
      setGlobalDispatcher(before);
      agent.destroy();
      await dispatcher.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
