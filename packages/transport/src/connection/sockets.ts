import type { LookupFunction, Socket } from "node:net";
import type { ConnectionOptions, SecureContext, TLSSocket } from "node:tls";
import { net, tls } from "../builtin.ts";
import { refuseKeyLog } from "../policy/environment.ts";
import type { AddressGuard } from "./addresses.ts";
import { isAddress } from "./origin.ts";

/** Where to connect to, and with what. */
export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction;
  readonly addresses: AddressGuard | undefined;
  readonly tcpKeepAliveMs: number;
  /** Receives the socket before it connects, so that its owner can destroy it at any time. */
  readonly adopt: (socket: Socket) => void;
}

/**
 * Options that would send a connection elsewhere or weaken it. They are set as own properties, because Node reads them
 * through the prototype, and a polluted `Object.prototype` would supply them.
 */
const unset = Object.freeze({
  ALPNProtocols: undefined,
  blockList: undefined,
  enableTrace: undefined,
  family: undefined,
  fd: undefined,
  handle: undefined,
  hints: undefined,
  localAddress: undefined,
  localPort: undefined,
  onread: undefined,
  path: undefined,
  pskCallback: undefined,
  requestOCSP: undefined,
  servername: undefined,
  session: undefined,
  signal: undefined,
  socket: undefined,
  timeout: undefined,
}) as object;

/** Connects TCP to an address that the guard allows. */
export async function dial({ host, port, lookup, addresses, tcpKeepAliveMs, adopt }: DialOptions): Promise<Socket> {
  // An IP literal never reaches `lookup`.
  if (isAddress(host)) addresses?.check(host, host, "connect");
  const socket = net.connect({
    ...unset,
    host,
    port,
    lookup: addresses === undefined ? lookup : addresses.guard(lookup),
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
  });
  adopt(socket);
  await settled(socket, "connect");
  addresses?.check(host, socket.remoteAddress ?? "", "connect");
  return socket;
}

/** How to run a TLS handshake. */
export interface NegotiateOptions {
  readonly carrier: Socket;
  readonly host: string;
  readonly alpn: readonly string[];
  readonly secureContext: SecureContext;
  readonly session: Buffer | undefined;
  readonly adopt: (socket: Socket) => void;
}

/**
 * Runs a TLS handshake over a connected socket. The caller judges the result, the host's name in the certificate
 * included.
 */
export async function negotiate(options: NegotiateOptions): Promise<TLSSocket> {
  const { carrier, host, alpn, secureContext, session, adopt } = options;
  const connectOptions: ConnectionOptions = {
    ...unset,
    socket: carrier,
    secureContext,
    // RFC 6066, section 3: addresses are not sent as server names.
    ...(isAddress(host) ? { host } : { servername: host }),
    ALPNProtocols: [...alpn],
    rejectUnauthorized: true,
    // `assertServerIdentity` checks the name after the handshake, with rules that Node's function does not have.
    checkServerIdentity: () => undefined,
    minDHSize: 2048,
    ...(session === undefined ? undefined : { session }),
  };
  const socket = tls.connect(connectOptions);
  adopt(socket);
  // Before the handshake begins.
  refuseKeyLog(socket);
  await settled(socket, "secureConnect");
  socket.disableRenegotiation();
  return socket;
}

/** Whether Node found the certificate of a TLS socket invalid, whatever the error's name. */
export function isUnverified(socket: Socket | undefined): boolean {
  return socket instanceof tls.TLSSocket && Boolean(socket.authorizationError);
}

function settled(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.removeListener("error", failed).removeListener("close", gone);
      resolve();
    };
    const failed = (error: Error): void => reject(error);
    const gone = (): void =>
      reject(Object.assign(new Error("closed before it was established"), { code: "ECONNRESET" }));
    socket.once(event, done).once("error", failed).once("close", gone);
  });
}
