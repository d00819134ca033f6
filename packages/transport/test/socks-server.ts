import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";

/** A SOCKS5 proxy on loopback that records what it is asked (RFC 1928, RFC 1929). */
export interface SocksServer {
  readonly url: string;
  readonly port: number;
  /** Targets by kind of address, with the credentials that came before. */
  readonly asked: { readonly kind: number; readonly target: string; readonly credentials: string | undefined }[];
  /** Every byte that came through the tunnels towards the origins. */
  readonly carried: Buffer[];
  close(): Promise<void>;
}

export interface SocksOptions {
  /** `user:password`, without which clients are refused. */
  readonly requires?: string;
  /** The reply to a request for a tunnel. Default 0: succeeded. */
  readonly reply?: number;
  /** The kind of address in the reply. Default 1: IPv4. */
  readonly replyKind?: number;
  /** The method that it chooses, whatever the client offers. */
  readonly method?: number;
  /** Answers each message with these bytes instead. */
  readonly answers?: Buffer;
  /** Takes each message and says nothing. */
  readonly silent?: boolean;
  /** Bytes of its own, sent right behind the reply. */
  readonly injects?: string;
  /** Sends its answers one byte at a time. */
  readonly trickles?: boolean;
  /** Resolves names to this address. Default: 127.0.0.1. */
  readonly resolvesTo?: string;
}

class Incoming {
  #received = Buffer.alloc(0);
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#take);
  }

  readonly #take = (data: Buffer): void => {
    this.#received = Buffer.concat([this.#received, data]);
  };

  /** Stops collecting. Returns what no one has read. */
  stop(): Buffer {
    this.#socket.off("data", this.#take);
    return this.#received;
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count) await once(this.#socket, "data");
    const cut = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return cut;
  }
}

async function serve(client: Socket, options: SocksOptions, server: SocksServer, adopt: (s: Socket) => void) {
  const incoming = new Incoming(client);
  const answer = async (bytes: Buffer): Promise<void> => {
    const sent = options.answers ?? bytes;
    for (const byte of options.trickles === true ? sent : []) {
      client.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (options.trickles !== true) client.write(sent);
  };
  const [, methods = 0] = await incoming.bytes(2);
  const offered = await incoming.bytes(methods);
  if (options.silent === true) return;
  const wanted = options.method ?? (options.requires === undefined ? 0 : 2);
  await answer(Buffer.from([5, options.method === undefined && !offered.includes(wanted) ? 0xff : wanted]));
  let credentials: string | undefined;
  if (wanted === 2) {
    const user = await incoming.bytes((await incoming.bytes(2)).readUInt8(1));
    const password = await incoming.bytes((await incoming.bytes(1)).readUInt8());
    credentials = `${user.toString()}:${password.toString()}`;
    await answer(Buffer.from([1, credentials === options.requires ? 0 : 1]));
    if (credentials !== options.requires) return;
  }
  const kind = (await incoming.bytes(4)).readUInt8(3);
  const length = kind === 1 ? 4 : kind === 4 ? 16 : (await incoming.bytes(1)).readUInt8();
  const address = await incoming.bytes(length);
  const port = (await incoming.bytes(2)).readUInt16BE();
  const host =
    kind === 3
      ? address.toString()
      : kind === 1
        ? address.join(".")
        : (address.toString("hex").match(/..../g) ?? []).join(":");
  server.asked.push({ kind, target: `${host} ${port}`, credentials });
  const replyKind = options.replyKind ?? 1;
  const bound =
    replyKind === 3 ? [7, ...Buffer.from("example")] : Array.from({ length: replyKind === 4 ? 16 : 4 }, () => 0);
  await answer(
    Buffer.from([5, options.reply ?? 0, 0, replyKind, ...bound, 0, 0, ...Buffer.from(options.injects ?? "")]),
  );
  if ((options.reply ?? 0) !== 0) return;
  const early = incoming.stop();
  const origin = net.connect(port, kind === 3 ? (options.resolvesTo ?? "127.0.0.1") : host);
  adopt(origin);
  origin.on("error", () => client.destroy());
  client.on("data", (data: Buffer) => server.carried.push(data));
  origin.write(early);
  client.pipe(origin).pipe(client);
}

export async function startSocks(options: SocksOptions = {}): Promise<SocksServer> {
  const sockets = new Set<Socket>();
  const adopt = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const listener = net.createServer((client) => {
    adopt(client);
    serve(client, options, server, adopt).catch(() => client.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const server: SocksServer = {
    url: `socks5h://localhost:${port}`,
    port,
    asked: [],
    carried: [],
    async close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await once(listener, "close").catch(() => {});
    },
  };
  return server;
}
