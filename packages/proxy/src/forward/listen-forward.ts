import http, { type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { checkOptions, optional, shape, wholeNumber } from "@countersign/signer/options";
import { ProxyError, refuseOption } from "../error.ts";
import { closeWithin, type Listening } from "../server/listen.ts";
import { type Answer, createProtocols, SERVER_LIMITS } from "../server/protocols.ts";
import { createAuthority } from "./authority.ts";
import { type Target, targetOf } from "./target.ts";

/** Where a proxy listens for `HTTPS_PROXY`. */
export interface ForwardOptions {
  /** A loopback address. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: any free port. */
  readonly port?: number | undefined;
}

/** A listener for `HTTPS_PROXY`. */
export interface ForwardListening extends Listening {
  /** Certificate of the authority that this listener made, PEM: its clients have to trust it. */
  readonly ca: string;
}

/** A tunnel whose handshake does not end is closed. */
const HANDSHAKE_MS = 10_000;

/**
 * Listens as an HTTP proxy: a client opens a tunnel to a host of AWS, and the proxy itself speaks TLS in it, with a
 * certificate of an authority that it made. Tunnels to any other host, to addresses and to other ports are refused.
 *
 * @throws ProxyError `INVALID_OPTION`, `LISTEN_FAILED`.
 */
export async function listenForward(
  given: ForwardOptions,
  now: () => number,
  answer: Answer<Target>,
): Promise<ForwardListening> {
  const { host = "127.0.0.1", port = 0 } = checkOptions<ForwardOptions>(
    given,
    {
      // What a client says before its tunnel is there travels in the clear.
      host: optional(shape("a loopback address", (value) => typeof value === "string" && isLoopbackHost(value))),
      port: optional(wholeNumber(0, 65_535, "the port")),
    },
    refuseOption,
  );
  const authority = await createAuthority(host, now);
  const open = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  };

  const protocols = createProtocols(answer);

  const outer = http.createServer(SERVER_LIMITS, (_, response) => {
    response.writeHead(405, { connection: "close" }).end("This is a proxy for HTTPS: open a tunnel with CONNECT.\n");
  });
  outer.on("connection", (socket: Socket) => keep(socket));
  outer.on("connect", (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    const target = targetOf(request.url?.toLowerCase() ?? "");
    if (target === undefined) {
      socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    tunnel(socket, early, target).catch(() => socket.destroy());
  });

  async function tunnel(socket: Duplex, early: Buffer, target: Target): Promise<void> {
    const secureContext = await authority.contextFor(target.host.replace(/:\d+$/u, ""));
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (early.length > 0) socket.unshift(early);
    const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: protocolsOf(target) });
    keep(secure);
    const timer = setTimeout(() => secure.destroy(), HANDSHAKE_MS);
    secure.once("close", () => clearTimeout(timer));
    secure.once("secure", () => {
      clearTimeout(timer);
      // Node sets it for sockets of a tls.Server alone, and its HTTP/2 waits for it.
      Object.assign(secure, { secureConnecting: false });
      protocols.serve(secure, target);
    });
  }

  await new Promise<void>((resolve, reject) => {
    outer.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new ProxyError("LISTEN_FAILED", `listenForward: ${cause.code ?? "failed"}; choose another address`, { cause }),
      ),
    );
    outer.listen(port, host, resolve);
  });
  const { address, family, port: bound } = outer.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    ca: authority.certificate,
    close: (graceMs) => closeWithin(graceMs, outer, open, () => protocols.close()),
  };
}

/** What AWS itself speaks there. */
function protocolsOf({ endpoint }: Target): string[] {
  return [endpoint === "sagemaker-runtime-http2" ? "h2" : "http/1.1"];
}
