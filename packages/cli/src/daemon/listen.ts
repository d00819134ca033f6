import { createServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import path from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import * as transport from "@countersign/transport";
import { CliError } from "../cli-error.ts";
import { makeFolder } from "../make-folder.ts";
import { checkFutureSocket, refuseSocket } from "./daemon-socket.ts";
import { type CertificateFiles, readCertificate } from "./certificate.ts";
import type { Connections } from "./connections.ts";
import type { ListenConfig } from "./listen-config.ts";

/** Answers a request. */
export type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** A server that is listening. */
export interface Listening {
  /** Its URL, or the path of its socket. */
  readonly address: string;
  /** Presents another certificate to new connections. */
  renew?(files: CertificateFiles): void;
  /** Takes no more connections. Resolves when the open ones have ended; after `graceMs` (10 s) they are closed. */
  close(graceMs?: number): Promise<void>;
}

const GRACE_MS = 10_000;
/** A client that sends its request slowly holds a connection. Node's own limits are minutes. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 5_000 };
/**
 * Connections that may wait to be accepted: users who start at once. With Node's 511 the kernel drops the others, and each
 * tries again after one, three and seven seconds. Linux lets no more wait than `net.core.somaxconn`, 4096 by default.
 */
const BACKLOG = 4096;

/** A client that does not read its answers holds them in memory. Every answer is begun within half of this time. */
const SILENCE_MS = 60_000;

/** Limits of a listener on a port. */
export interface PortLimits {
  /** Limits the connections of this and of other listeners. */
  readonly connections?: Connections | undefined;
  /** A connection on which nothing is sent or read for so long is closed. Default 60,000. */
  readonly silenceMs?: number;
}

/** Serves on a port. With a certificate it serves over TLS, by the transport's policy. */
export function listenOnPort(fetch: Fetch, where: ListenConfig, limits: PortLimits = {}): Promise<Listening> {
  const { host = "127.0.0.1", port } = where;
  const files = readCertificate(where);
  const server =
    files === undefined
      ? createAdaptorServer({ fetch, createServer, serverOptions: TIMES })
      : createAdaptorServer({
          fetch,
          createServer: createTlsServer,
          serverOptions: {
            ...transport.serverTlsOptions(),
            ...files,
            ...TIMES,
            handshakeTimeout: TIMES.headersTimeout,
          },
        });
  const listening = start(
    server,
    () => listenAt(server, host, port),
    () => {
      const { port: bound } = server.address() as AddressInfo;
      return `${files === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
    },
    limits,
  );
  if (!("setSecureContext" in server)) return listening;
  const renew = (changed: CertificateFiles): void => {
    server.setSecureContext({ ...transport.serverTlsOptions(), ...changed });
  };
  return listening.then((one) => ({ ...one, renew }));
}

/**
 * Serves on a Unix socket that only this user can open.
 *
 * @throws CliError `USAGE` when a daemon listens there already, when the path is too long, when others can write to its
 * folder, and when the folder cannot be made.
 */
export async function listenOnSocket(fetch: Fetch, socket: string): Promise<Listening> {
  checkFutureSocket(socket);
  try {
    makeFolder(path.dirname(socket), 0o700);
  } catch (cause) {
    throw new CliError("USAGE", `${socket}: its folder cannot be made. Choose another with COUNTERSIGN_SOCKET`, {
      cause,
    });
  }
  const server = createAdaptorServer({ fetch, createServer, serverOptions: TIMES });
  return start(
    server,
    () => transport.listenOnSocket(server, socket, refuseSocket),
    () => socket,
  );
}

async function start(
  server: ReturnType<typeof createAdaptorServer>,
  listen: () => Promise<void>,
  address: () => string,
  { connections, silenceMs = SILENCE_MS }: PortLimits = {},
): Promise<Listening> {
  const sockets = new Set<Socket>();
  let isEnding = false;
  server.setTimeout(silenceMs);
  // Node leaves connections open whose clients ask again before their answer was the last one.
  server.prependListener("request", (_, response: ServerResponse) => {
    if (isEnding) response.setHeader("connection", "close");
  });
  server.on("connection", (socket: Socket) => {
    connections?.admit(socket);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await listen();
  const close = (graceMs: number = GRACE_MS): Promise<void> =>
    new Promise((done) => {
      isEnding = true;
      // After close() Node waits for unfinished requests and no longer enforces its time limits.
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      server.close(() => {
        clearTimeout(timer);
        done();
      });
      if ("closeIdleConnections" in server) server.closeIdleConnections();
    });
  return { address: address(), close };
}

function listenAt(server: ReturnType<typeof createAdaptorServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Without a prototype: what a polluted Object.prototype holds is no option of a listener.
    server.listen(Object.assign(Object.create(null) as ListenOptions, { host, port, backlog: BACKLOG }), () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
