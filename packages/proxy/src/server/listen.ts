import { createHash } from "node:crypto";
import net, { type AddressInfo, type Socket } from "node:net";
import path from "node:path";
import type { Duplex } from "node:stream";
import tls, { type TLSSocket } from "node:tls";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { checkOptions, optional, shape, text, wholeNumber } from "@countersign/signer/options";
import { listenOnSocket, type RefuseSocket, serverTlsOptions } from "@countersign/transport";
import { ProxyError, refuseOption } from "../error.ts";
import { ALPN_PROTOCOLS, type Answer, createProtocols } from "./protocols.ts";

/** Where a proxy listens. */
export interface ListenOptions {
  /** Default: `127.0.0.1`. Other than loopback addresses need a certificate. */
  readonly host?: string | undefined;
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** A Unix socket that only this user can open, instead of `host` and `port`. Its path has at most 107 bytes. */
  readonly socket?: string | undefined;
  /** The client that every connection of this listener is: only with `socket`. */
  readonly client?: string | undefined;
  /** Certificate chain and key, PEM: the listener then speaks TLS with forward secrecy. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, PEM. */
  readonly key?: string | undefined;
  /** Authorities of client certificates, PEM. Clients are then known by `certificateSha256`. */
  readonly clientCa?: string | undefined;
}

/** A proxy that listens. */
export interface Listening {
  /** For `AWS_ENDPOINT_URL`; of a socket its path. */
  readonly url: string;
  /**
   * Presents another certificate to connections that come from now on: only where it listens with one.
   *
   * @throws ProxyError `INVALID_OPTION` for a certificate that cannot be used; the old one stays.
   */
  renew?(certificate: Pick<ListenOptions, "cert" | "key" | "clientCa">): void;
  /** Takes no more connections. Requests under way have `graceMs` to end. Default: ten seconds. */
  close(graceMs?: number): Promise<void>;
}

/** What a connection proves about its client. */
export interface Connection {
  /** SHA-256 of the client's verified certificate. */
  readonly certificateSha256?: string | undefined;
}

/** How long the requests under way of a listener that closes may take. */
const GRACE_MS = 10_000;
/** Connections that may wait to be accepted. With Node's 511 the kernel drops the others, which try again a second later. */
const BACKLOG = 4096;

/**
 * Closes a server and what it accepted: connections without a request at once, others when they are answered or after
 * `graceMs`.
 */
export async function closeWithin(
  graceMs: number | undefined,
  server: net.Server,
  sockets: ReadonlySet<Duplex>,
  closeIdle: () => void,
): Promise<void> {
  optional(wholeNumber(0, 3_600_000, "milliseconds"))(graceMs, "graceMs", refuseOption);
  await new Promise<void>((done) => {
    const timer = setTimeout(() => {
      for (const one of sockets) one.destroy();
    }, graceMs ?? GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      done();
    });
    closeIdle();
    // Node takes a connection that has sent nothing for one with a request.
    for (const one of sockets) if ("bytesRead" in one && one.bytesRead === 0) one.destroy();
  });
}
export async function listen(given: ListenOptions, answer: Answer<Connection>): Promise<Listening> {
  const options = checkOptions<ListenOptions>(
    given,
    {
      host: optional(text),
      port: optional(wholeNumber(0, 65_535, "port")),
      socket: optional(shape("an absolute path", (value) => typeof value === "string" && path.isAbsolute(value))),
      client: optional(text),
      cert: optional(text),
      key: optional(text),
      clientCa: optional(text),
    },
    refuseOption,
  );
  const { host = "127.0.0.1", port = 0, socket, client, cert, key, clientCa } = options;
  if ((cert === undefined) !== (key === undefined)) refuseOption("cert: must come with key");
  if (clientCa !== undefined && cert === undefined) refuseOption("clientCa: must come with cert and key");
  if (client !== undefined && socket === undefined)
    refuseOption("client: must come with socket; other listeners know clients by key or certificate");
  if (socket === undefined && cert === undefined && !isLoopbackHost(host)) {
    refuseOption("host: must be a loopback address, or come with cert and key");
  }
  const protocols = createProtocols(answer);
  const server = makeServer();
  const sockets = new Set<Socket>();
  const keep = (one: Socket): void => {
    sockets.add(one);
    one.once("close", () => sockets.delete(one));
  };
  // Over TLS both: what was read of the inner one is what its client sent.
  server.on("connection", keep).on("secureConnection", keep);
  if (socket !== undefined) await listenOnSocket(server, socket, refuseSocket).catch(failed);
  else
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Without a prototype: what a polluted Object.prototype holds is no option of a listener.
      server.listen(Object.assign(Object.create(null) as net.ListenOptions, { host, port, backlog: BACKLOG }), resolve);
    }).catch(failed);
  const url = socket ?? urlOf(server.address() as AddressInfo, cert !== undefined);
  if (cert === undefined) return { url, close };
  return { url, renew, close };

  function makeServer(): net.Server {
    // As node:http has it: a client may end its side when it has sent its request.
    const shared = { __proto__: null, allowHalfOpen: true, noDelay: true } as net.ServerOpts;
    if (cert === undefined || key === undefined)
      return net.createServer(shared, (one) => protocols.detect(one, NOTHING_KNOWN));
    const options = {
      __proto__: null,
      ...shared,
      ...contextOptions({ cert, key, clientCa }),
      handshakeTimeout: 10_000,
      ALPNProtocols: ALPN_PROTOCOLS,
      ...(clientCa !== undefined && { requestCert: true, rejectUnauthorized: true }),
    } as tls.TlsOptions & net.ServerOpts;
    return tls.createServer(options, (one) => protocols.serve(one, connectionOf(one)));
  }

  function renew(given: Pick<ListenOptions, "cert" | "key" | "clientCa">): void {
    const certificate = checkOptions(given, { cert: text, key: text, clientCa: optional(text) }, refuseOption);
    try {
      if (server instanceof tls.Server) server.setSecureContext(contextOptions(certificate));
    } catch (cause) {
      throw new ProxyError("INVALID_OPTION", "cert: must be a certificate that fits key, both in PEM", { cause });
    }
  }

  function close(graceMs?: number): Promise<void> {
    return closeWithin(graceMs, server, sockets, () => protocols.close());
  }
}

function contextOptions({ cert, key, clientCa }: Pick<ListenOptions, "cert" | "key" | "clientCa">): tls.TlsOptions {
  return { ...serverTlsOptions(), cert, key, ...(clientCa !== undefined && { ca: clientCa }) };
}

const NOTHING_KNOWN: Connection = Object.freeze({});

function connectionOf(socket: TLSSocket): Connection {
  if (!socket.authorized) return NOTHING_KNOWN;
  const { raw } = socket.getPeerCertificate();
  return { certificateSha256: createHash("sha256").update(raw).digest("hex") };
}

function urlOf({ address, family, port }: AddressInfo, isTls: boolean): string {
  return `${isTls ? "https" : "http"}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function failed(cause: unknown): never {
  if (cause instanceof ProxyError) throw cause;
  const code = (cause as NodeJS.ErrnoException).code ?? "failed";
  throw new ProxyError("LISTEN_FAILED", `listen: ${code}; choose another address`, { cause });
}

/** Refuses a place for a socket. */
const refuseSocket: RefuseSocket = (message, isTaken) => {
  if (isTaken) throw new ProxyError("LISTEN_FAILED", `listen: ${message}; choose another path`);
  return refuseOption(message.startsWith("socket: ") ? message : `socket: ${message}`);
};
