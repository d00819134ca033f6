import net, { type LookupFunction, type Socket } from "node:net";
import tls, { type SecureContext, type TLSSocket } from "node:tls";
import type { Emit, HandshakeReport, PeerCertificate } from "@countersign/signer";
import type { AddressGuard } from "./addresses.ts";
import { TransportError, type TransportPhase } from "../errors/error.ts";
import { mapConnectError } from "../errors/foreign-error.ts";
import { assertHandshake, readHandshake, reportHandshake } from "./handshake.ts";
import { isLoopbackHost, loopbackGuard } from "./loopback.ts";
import { peerCertificate } from "./peer-certificate.ts";
import { assertPins } from "../policy/pins.ts";
import type { Proxy, ProxyRouter } from "../proxy/router.ts";
import { assertEndEntity, checkServerIdentity } from "./server-identity.ts";
import type { SessionCache } from "./session-cache.ts";
import type { PostQuantum, TlsPolicy } from "../policy/tls-policies.ts";
import { authority, openTunnel } from "../proxy/http-tunnel.ts";

/** Where to connect to, and what to speak there. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** The name to send and to check the certificate against. Default: the host. */
  readonly servername?: string | undefined;
  readonly alpn: readonly string[];
  readonly plaintext?: boolean;
}

/** A socket that may carry requests, and how it came about. Plain HTTP to loopback has no report. */
export interface Connection {
  readonly socket: Socket;
  readonly report?: HandshakeReport;
}

/** Opens a connection that satisfies the policy, or throws. */
export type OpenConnection = (target: ConnectionTarget) => Promise<Connection>;

/** What all connections of a transport have in common. */
export interface ConnectionRules {
  readonly policy: TlsPolicy;
  readonly postQuantum: PostQuantum;
  readonly secureContext: SecureContext;
  readonly pins: ReadonlySet<string> | undefined;
  readonly addresses: AddressGuard | undefined;
  readonly route: ProxyRouter;
  readonly sessions: SessionCache;
  readonly allowLoopbackHttp: boolean;
  readonly connectMs: number;
  readonly tcpKeepAliveMs: number;
  readonly lookup: LookupFunction;
  readonly clock: { now(): number; monotonic(): number };
  readonly emit: Emit;
  /** Every socket that is connecting or in use, so that closing the transport finds them all. */
  readonly sockets: Set<Socket>;
  /** Told of each connection that the policy refused. */
  readonly refused: () => void;
}

/** One attempt: how far it came, and what to tear down when it fails. */
interface Attempt {
  phase: TransportPhase;
  /** The outermost of the sockets: TLS over TLS over TCP. Destroying an inner one first crashes Node. */
  socket: Socket | undefined;
  expired: TransportError | undefined;
}

/**
 * Makes the one function through which every connection is opened: proxy decision, CONNECT, TLS, assertion, and only
 * then the socket is handed to undici, `https.Agent` or `http2`. No other file connects.
 */
export function createOpener(rules: ConnectionRules): OpenConnection {
  return async function openConnection(target) {
    const startedAt = rules.clock.monotonic();
    const attempt: Attempt = { phase: "connect", socket: undefined, expired: undefined };
    const limit = setTimeout(() => expire(attempt, target, rules.connectMs), rules.connectMs);
    try {
      const connection =
        target.plaintext === true ? await plain(target, rules, attempt) : await secure(target, rules, attempt);
      const { report } = connection;
      if (report !== undefined) {
        rules.emit("tls.handshake", () => ({ handshake: report, durationMs: rules.clock.monotonic() - startedAt }));
      }
      return connection;
    } catch (error) {
      attempt.socket?.destroy();
      throw failure(error, target, rules, attempt);
    } finally {
      clearTimeout(limit);
    }
  };
}

/** What a failed attempt is reported as: an event if the policy refused it, and the error to throw in any case. */
function failure(
  error: unknown,
  { host, port }: ConnectionTarget,
  rules: ConnectionRules,
  attempt: Attempt,
): TransportError {
  const mapped =
    attempt.expired ??
    mapConnectError(error, {
      host: authority(host, port),
      phase: attempt.phase,
      sent: false,
      unverified: isUnverified(attempt.socket),
      postQuantumOnly: rules.postQuantum === "require",
    });
  if (refusals.has(mapped.code)) {
    const { code, handshake } = mapped;
    rules.refused();
    rules.emit("tls.refused", () => ({ host, code, ...(handshake === undefined ? undefined : { handshake }) }));
  }
  return mapped;
}

/** Whether Node took the certificate of a TLS socket for invalid, whatever the error's name. */
function isUnverified(socket: Socket | undefined): boolean {
  return socket instanceof tls.TLSSocket && Boolean(socket.authorizationError);
}

/** The codes that say "refused" rather than "could not". */
const refusals: ReadonlySet<string> = new Set([
  "TLS_PROTOCOL_REFUSED",
  "TLS_CIPHER_REFUSED",
  "TLS_NOT_FORWARD_SECRET",
  "TLS_RESUMPTION_REFUSED",
  "TLS_CERTIFICATE_INVALID",
  "TLS_HOST_MISMATCH",
  "TLS_PIN_MISMATCH",
  "TLS_POST_QUANTUM_REQUIRED",
  "PUBLIC_ADDRESS_REFUSED",
  "PLAINTEXT_REFUSED",
  "PROXY_REFUSED",
]);

function expire(attempt: Attempt, { host, port }: ConnectionTarget, connectMs: number): void {
  attempt.expired = new TransportError(
    "CONNECT_TIMEOUT",
    `${authority(host, port)}: no connection within timeouts.connectMs (${connectMs} ms), stopped in phase ${attempt.phase}`,
    { phase: attempt.phase },
  );
  attempt.socket?.destroy(attempt.expired);
}

async function plain(target: ConnectionTarget, rules: ConnectionRules, attempt: Attempt): Promise<Connection> {
  if (!rules.allowLoopbackHttp || !isLoopbackHost(target.host)) {
    throw new TransportError(
      "PLAINTEXT_REFUSED",
      `${authority(target.host, target.port)}: http: is refused; use https:, or allowLoopbackHttp for a server on this machine`,
      { phase: "connect" },
    );
  }
  return { socket: await dial(target.host, target.port, rules, attempt, loopbackGuard) };
}

async function secure(target: ConnectionTarget, rules: ConnectionRules, attempt: Attempt): Promise<Connection> {
  const { host, port } = target;
  const proxy = rules.route(host, port);
  const carrier =
    proxy === undefined
      ? await dial(host, port, rules, attempt, rules.addresses)
      : await tunnel(proxy, target, rules, attempt);
  attempt.phase = "handshake";
  // RFC 6066, section 3: without the dot that ends a fully qualified name.
  const servername = (target.servername ?? host).replace(/\.$/, "");
  // The proxy is not in the key: inside a tunnel the session is with the origin all the same.
  const key = `${authority(host, port)}/${servername}`;
  const known = rules.pins === undefined ? rules.sessions.find(key, rules.clock.now()) : undefined;
  const socket = await negotiate(carrier, servername, target.alpn, rules, attempt, known?.session).catch(
    (error: unknown) => {
      if (known !== undefined) rules.sessions.forget(key);
      throw error;
    },
  );
  const facts = readHandshake(socket);
  const address = socket.remoteAddress ?? carrier.remoteAddress ?? "";
  const shown = peerCertificate(socket);
  const peer = shown ?? (facts.resumed ? known?.peer : undefined);
  const report = reportHandshake(facts, rules.policy, { host, address, peer: peer ?? nobody });
  assertHandshake(facts, rules.policy, rules.postQuantum, report);
  if (peer === undefined || !socket.authorized) {
    throw new TransportError(
      "TLS_CERTIFICATE_INVALID",
      `${authority(host, port)}: the server showed no valid certificate`,
      {
        phase: "handshake",
        handshake: report,
      },
    );
  }
  if (rules.pins !== undefined) assertPins(socket, rules.pins, report);
  else if (facts.protocol === "TLSv1.3") {
    socket.on("session", (session: Buffer) => rules.sessions.remember(key, { session, peer }));
  }
  return { socket, report };
}

const nobody: PeerCertificate = { subject: "", issuer: "", validTo: "", spkiSha256: "" };

/** Connects TCP to an address that the guard lets pass. */
async function dial(
  host: string,
  port: number,
  rules: ConnectionRules,
  attempt: Attempt,
  addresses: AddressGuard | undefined,
): Promise<Socket> {
  // An IP literal never reaches `lookup`.
  if (net.isIP(host) !== 0) addresses?.check(host, host, "connect");
  const socket = net.connect({
    host,
    port,
    lookup: addresses === undefined ? rules.lookup : addresses.guard(rules.lookup),
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: rules.tcpKeepAliveMs,
  });
  adopt(socket, rules, attempt);
  await settled(socket, "connect");
  addresses?.check(host, socket.remoteAddress ?? "", "connect");
  return socket;
}

async function tunnel(
  proxy: Proxy,
  target: ConnectionTarget,
  rules: ConnectionRules,
  attempt: Attempt,
): Promise<Socket> {
  if (rules.addresses !== undefined) {
    throw new TransportError(
      "PROXY_REFUSED",
      `${authority(target.host, target.port)}: a proxy resolves the name, so that addresses cannot be checked; exempt the host by NO_PROXY or set proxy: false`,
      { phase: "proxy" },
    );
  }
  attempt.phase = "proxy";
  const tcp = await dial(proxy.host, proxy.port, rules, attempt, undefined);
  let carrier = tcp;
  if (proxy.tls) {
    const socket = await negotiate(tcp, proxy.host, ["http/1.1"], rules, attempt, undefined);
    const facts = readHandshake(socket);
    assertHandshake(facts, rules.policy, rules.postQuantum, { host: authority(proxy.host, proxy.port) });
    carrier = socket;
  }
  await openTunnel(carrier, proxy, target.host, target.port);
  return carrier;
}

/** Runs a TLS handshake over a connected socket. */
async function negotiate(
  carrier: Socket,
  servername: string,
  alpn: readonly string[],
  rules: ConnectionRules,
  attempt: Attempt,
  session: Buffer | undefined,
): Promise<TLSSocket> {
  const socket = tls.connect({
    socket: carrier,
    secureContext: rules.secureContext,
    // RFC 6066, section 3: addresses are not sent as server names; the certificate is checked against them all the same.
    ...(net.isIP(servername) === 0 ? { servername } : { host: servername }),
    ALPNProtocols: [...alpn],
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) => checkServerIdentity(servername, certificate),
    minDHSize: 2048,
    ...(session === undefined ? undefined : { session }),
  });
  adopt(socket, rules, attempt);
  await settled(socket, "secureConnect");
  socket.disableRenegotiation();
  assertEndEntity(socket, servername);
  return socket;
}

function adopt(socket: Socket, rules: ConnectionRules, attempt: Attempt): void {
  if (attempt.socket !== undefined) rules.sockets.delete(attempt.socket);
  attempt.socket = socket;
  rules.sockets.add(socket);
  socket.once("close", () => rules.sockets.delete(socket));
  // An error between two owners must not end the process; each owner adds its own listener.
  socket.on("error", ignore);
}

function ignore(): void {}

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
