import type { LookupFunction, Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Emit, HandshakeReport } from "@countersign/signer";
import { TransportError, type TransportPhase, invalidRequest } from "../errors/error.ts";
import { mapConnectError } from "../errors/foreign-error.ts";
import { assertPins } from "../policy/pins.ts";
import type { PostQuantum, TlsPolicy } from "../policy/tls-policies.ts";
import { openHttpTunnel } from "../proxy/http-tunnel.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { ProxyRouter } from "../proxy/router.ts";
import { openSocksTunnel } from "../proxy/socks-tunnel.ts";
import type { AddressGuard } from "./addresses.ts";
import { assertHandshake, type HandshakeFacts, readHandshake, reportHandshake } from "./handshake.ts";
import { loopbackGuard, namesThisMachine } from "./loopback.ts";
import { authority, isHost } from "./origin.ts";
import { describeCertificate, peerCertificate } from "./peer-certificate.ts";
import { refusesLegacyServers } from "./secure-renegotiation.ts";
import { assertEndEntity, assertServerIdentity } from "./server-identity.ts";
import { type SessionCache, momentOf } from "./session-cache.ts";
import { dial, isUnverified, negotiate } from "./sockets.ts";

/** Where to connect to, and what to speak there. The host alone decides which certificate is accepted. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly alpn: readonly string[];
  readonly plaintext: boolean;
}

/** A socket that may carry requests, and the report of its handshake. Plain HTTP to loopback has no report. */
export interface Connection {
  readonly socket: Socket;
  readonly report?: HandshakeReport;
}

/**
 * Opens a connection that satisfies the policy, or throws.
 *
 * @param started gets the function that ends the attempt, which does nothing once the connection is there.
 */
export type OpenConnection = (target: ConnectionTarget, started?: (end: () => void) => void) => Promise<Connection>;

/** The rules that all connections of a transport share. */
export interface ConnectionRules {
  readonly policy: TlsPolicy;
  readonly postQuantum: PostQuantum;
  /** Makes the context of all handshakes, once. */
  readonly secureContext: () => SecureContext;
  readonly pins: ReadonlySet<string> | undefined;
  readonly addresses: AddressGuard | undefined;
  readonly route: ProxyRouter;
  readonly sessions: SessionCache;
  readonly allowLoopbackHttp: boolean;
  readonly connectMs: number;
  readonly tcpKeepAliveMs: number;
  readonly lookup: LookupFunction;
  readonly clock: { now(): number; wall(): number; monotonic(): number };
  readonly emit: Emit;
  /** Every socket that is connecting or in use, so that closing the transport finds them all. */
  readonly sockets: Set<Socket>;
  /** Called for each connection that the policy refused. */
  readonly refused: () => void;
}

/** One attempt: how far it came, and what to destroy when it fails. */
interface Attempt {
  phase: TransportPhase;
  /** The outermost of the sockets: TLS over TLS over TCP. Destroying an inner one first crashes Node. */
  socket: Socket | undefined;
  /** The proxy that the attempt asks, for messages. */
  proxy: string | undefined;
  /** Why the attempt ended before its time. */
  ended: TransportError | undefined;
  readonly adopt: (socket: Socket) => void;
}

/**
 * Makes the one function that opens connections: proxy decision, tunnel, TLS, assertion. Only then does undici,
 * `https.Agent` or `http2` get the socket.
 */
export function createOpener(rules: ConnectionRules): OpenConnection {
  return async function openConnection(target, started) {
    checkTarget(target);
    const startedAt = rules.clock.monotonic();
    const attempt = newAttempt(rules.sockets);
    let isOver = false;
    const limit = setTimeout(() => end(attempt, expired(attempt, target, rules.connectMs)), rules.connectMs);
    try {
      started?.(() => {
        if (!isOver) end(attempt, unwanted(attempt, target));
      });
      const connection = target.plaintext ? await plain(target, rules, attempt) : await secure(target, rules, attempt);
      const { report } = connection;
      if (report !== undefined) {
        rules.emit("tls.handshake", () => ({ handshake: report, durationMs: rules.clock.monotonic() - startedAt }));
      }
      return connection;
    } catch (error) {
      attempt.socket?.destroy();
      throw failure(error, target, rules, attempt);
    } finally {
      isOver = true;
      clearTimeout(limit);
    }
  };
}

/** Hosts that `https.Agent` passes on unchecked would be written into a CONNECT request. */
function checkTarget({ host, port }: ConnectionTarget): void {
  if (!isHost(host)) throw invalidRequest("host: must be a host name or an IP address");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalidRequest("port: must be a whole number from 1 to 65535");
  }
}

function newAttempt(sockets: Set<Socket>): Attempt {
  const attempt: Attempt = {
    phase: "connect",
    socket: undefined,
    proxy: undefined,
    ended: undefined,
    adopt(socket) {
      if (attempt.socket !== undefined) sockets.delete(attempt.socket);
      attempt.socket = socket;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      // An error between two owners must not end the process; each owner adds its own listener.
      socket.on("error", ignore);
      if (attempt.ended !== undefined) socket.destroy();
    },
  };
  return attempt;
}

function ignore(): void {}

/** The error to throw for a failed attempt. If the policy refused it, an event is emitted too. */
function failure(
  error: unknown,
  { host, port }: ConnectionTarget,
  rules: ConnectionRules,
  attempt: Attempt,
): TransportError {
  const mapped =
    attempt.ended ??
    mapConnectError(error, {
      host: attempt.phase === "proxy" ? `${authority(host, port)}: the proxy ${attempt.proxy}` : authority(host, port),
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

function end(attempt: Attempt, error: TransportError): void {
  attempt.ended ??= error;
  attempt.socket?.destroy(error);
}

function expired({ phase }: Attempt, { host, port }: ConnectionTarget, connectMs: number): TransportError {
  return new TransportError(
    "CONNECT_TIMEOUT",
    `${authority(host, port)}: no connection within timeouts.connectMs (${connectMs} ms), stopped in phase ${phase}`,
    { phase },
  );
}

function unwanted({ phase }: Attempt, { host, port }: ConnectionTarget): TransportError {
  return new TransportError("CONNECTION_LOST", `${authority(host, port)}: the request was aborted`, { phase });
}

async function plain(target: ConnectionTarget, rules: ConnectionRules, attempt: Attempt): Promise<Connection> {
  if (!rules.allowLoopbackHttp || !namesThisMachine(target.host)) {
    throw new TransportError(
      "PLAINTEXT_REFUSED",
      `${authority(target.host, target.port)}: http: is refused; use https:, or allowLoopbackHttp for a server on this machine`,
      { phase: "connect" },
    );
  }
  return { socket: await dial({ ...rules, ...target, adopt: attempt.adopt, addresses: loopbackGuard() }) };
}

async function secure(target: ConnectionTarget, rules: ConnectionRules, attempt: Attempt): Promise<Connection> {
  const { host, port } = target;
  const proxy = rules.route(host, port);
  const [carrier] = await Promise.all([
    proxy === undefined ? dial({ ...rules, host, port, adopt: attempt.adopt }) : tunnel(proxy, target, rules, attempt),
    prepareContext(rules),
  ]);
  attempt.phase = "handshake";
  // The proxy is not in the key: inside a tunnel the session is with the origin too.
  const key = authority(host, port);
  const now = momentOf(rules.clock);
  const known = rules.pins === undefined ? rules.sessions.find(key, now) : undefined;
  try {
    const socket = await negotiateWith(carrier, host, target.alpn, rules, attempt, known?.session);
    const facts = await factsOf(socket, rules);
    const certificate = peerCertificate(socket);
    const peer = certificate === undefined ? undefined : describeCertificate(certificate);
    const shown = peer ?? (facts.resumed ? known?.peer : undefined);
    // A connection that is kept open brings sessions later too.
    const shownAt = facts.resumed ? (known?.shownAt ?? now) : now;
    const address = socket.remoteAddress ?? carrier.remoteAddress ?? "";
    const report = reportHandshake(facts, rules.policy, { host, address, peer: shown ?? unknownPeer });
    if (certificate !== undefined) {
      assertEndEntity(certificate, host);
      assertServerIdentity(certificate, host);
    }
    assertHandshake(facts, rules.policy, rules.postQuantum, report);
    if (shown === undefined || !socket.authorized) {
      throw new TransportError(
        "TLS_CERTIFICATE_INVALID",
        `${authority(host, port)}: the server showed no valid certificate`,
        { phase: "handshake", handshake: report },
      );
    }
    if (rules.pins !== undefined) assertPins(socket, rules.pins, report);
    else if (facts.protocol === "TLSv1.3") {
      socket.on("session", (session: Buffer) => rules.sessions.remember(key, { session, peer: shown, shownAt }));
    }
    return { socket, report };
  } catch (error) {
    // The next attempt does a full handshake, with a server that resumes without a key share for good.
    if (error instanceof TransportError && error.code === "TLS_NOT_FORWARD_SECRET") rules.sessions.forbid(key);
    else if (known !== undefined) rules.sessions.forget(key);
    throw error;
  }
}

/**
 * Makes the context while the network is busy: it needs Node's root certificates, whose parsing takes longer than the
 * rest of a first request. Some versions of Node do it on a thread, from when `tls` is loaded, and would wait for it here.
 */
async function prepareContext({ secureContext }: ConnectionRules): Promise<void> {
  secureContext();
}

const unknownPeer = { subject: "", issuer: "", validTo: "", spkiSha256: "" };

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
  const { host, port } = proxy;
  attempt.phase = "proxy";
  attempt.proxy = authority(host, port);
  const tcp = await dial({ ...rules, host, port, adopt: attempt.adopt, addresses: undefined });
  if (proxy.kind === "socks5h") {
    await openSocksTunnel(tcp, proxy, target);
    return tcp;
  }
  const carrier = proxy.tls ? await secureProxy(tcp, host, port, rules, attempt) : tcp;
  await openHttpTunnel(carrier, proxy, target);
  return carrier;
}

/** TLS to the proxy itself, which gets credentials and so satisfies the policy too. */
async function secureProxy(
  tcp: Socket,
  host: string,
  port: number,
  rules: ConnectionRules,
  attempt: Attempt,
): Promise<Socket> {
  const socket = await negotiateWith(tcp, host, ["http/1.1"], rules, attempt, undefined);
  const certificate = peerCertificate(socket);
  if (certificate === undefined) {
    throw new TransportError(
      "TLS_CERTIFICATE_INVALID",
      `${authority(host, port)}: the proxy showed no valid certificate`,
      { phase: "proxy" },
    );
  }
  assertEndEntity(certificate, host);
  assertServerIdentity(certificate, host);
  assertHandshake(await factsOf(socket, rules), rules.policy, rules.postQuantum, { host: authority(host, port) });
  return socket;
}

/** The facts of a handshake. With the first of TLS 1.2, the context is tried out, which takes a few milliseconds. */
async function factsOf(socket: TLSSocket, { secureContext }: ConnectionRules): Promise<HandshakeFacts> {
  const facts = readHandshake(socket);
  if (facts.protocol !== "TLSv1.2") return facts;
  const refusesLegacy = await refusesLegacyServers(secureContext());
  if (socket.destroyed) throw socket.errored ?? Object.assign(new Error("closed"), { code: "ECONNRESET" });
  return { ...facts, refusesLegacy };
}

function negotiateWith(
  carrier: Socket,
  host: string,
  alpn: readonly string[],
  { secureContext }: ConnectionRules,
  { adopt }: Attempt,
  session: Buffer | undefined,
): Promise<TLSSocket> {
  // RFC 6066, section 3: a server name has no final dot.
  const name = host.replace(/\.$/, "");
  return negotiate({ carrier, host: name, alpn, secureContext: secureContext(), session, adopt });
}
