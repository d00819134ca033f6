import type { LookupFunction } from "node:net";
import type { Clock, EventListener } from "@countersign/signer";
import {
  type Shape,
  type Shapes,
  callable,
  checkOptions,
  clockShape,
  flag,
  nested,
  oneOf,
  optional,
  unchecked,
  wholeNumber,
} from "@countersign/signer/options";
import { type AddressGuard, type AddressRule, addressRuleShape, createAddressGuard } from "./connection/addresses.ts";
import { refuseOption } from "./errors/error.ts";
import { parseCa } from "./policy/ca.ts";
import { type SpkiPin, parsePins } from "./policy/pins.ts";
import {
  type PostQuantum,
  type TlsPolicy,
  type TlsPolicyInput,
  resolvePolicy,
  tlsPolicyShape,
} from "./policy/tls-policies.ts";

/** Time limits in milliseconds. A request that exceeds one fails with a {@link TransportError}. */
export interface TransportTimeouts {
  /** From the start of a connection until it is ready: name, TCP, proxy and TLS together. Default 3,100. */
  readonly connectMs?: number | undefined;
  /**
   * From the last byte of the request to the complete head of its answer. Informational answers (1xx) and single bytes
   * of a head do not extend it. Over `connectHttp2` and for HTTP/2 in `requestHandler`, it starts with the request.
   * Default 70,000: SageMaker's own limit is 60 s. 0: no limit.
   */
  readonly headersMs?: number | undefined;
  /**
   * From the head of an answer to its last byte, in all: single bytes do not extend it, and neither does a slow reader.
   * It ends response streams and conversations too. Default 0: no limit.
   */
  readonly bodyMs?: number | undefined;
  /** Between two pieces of an answer's body. Default 60,000. 0: no limit. */
  readonly bodyIdleMs?: number | undefined;
  /** How long an unused connection is kept. Default 30,000. */
  readonly idleMs?: number | undefined;
  /** Until TCP probes a silent connection. Default 60,000, below the 350 s after which NAT gateways drop it. */
  readonly tcpKeepAliveMs?: number | undefined;
}

/** Options of {@link createTransport}. */
export interface TransportOptions {
  /** The TLS policy. Default `default`: TLS 1.2 and 1.3 with forward secrecy and AEAD. */
  readonly tls?: TlsPolicyInput | undefined;
  /** Keys that a quantum computer cannot recover. Default `prefer`. */
  readonly postQuantum?: PostQuantum | undefined;
  /** The only CAs to trust, in PEM. Default: Node's, with `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** At least two public keys. The server's chain must contain one of them. With pins, sessions are not resumed. Default: no pins. */
  readonly pins?: readonly SpkiPin[] | undefined;
  /** Which addresses may be connected to. Default `any`. */
  readonly addresses?: AddressRule | undefined;
  /** `"env"` reads HTTPS_PROXY and NO_PROXY now. Otherwise a URL: `http:`, `https:` or `socks5h:`. Default `false`. */
  readonly proxy?: string | URL | false | undefined;
  /** Allows `http:` to this machine, for tests and sidecars. Default `false`. */
  readonly allowLoopbackHttp?: boolean | undefined;
  /** Connections per origin. Default 64. */
  readonly connections?: number | undefined;
  /** Time limits. Default: see `TransportTimeouts`. */
  readonly timeouts?: TransportTimeouts | undefined;
  /** Offers HTTP/2 beside HTTP/1.1 on `request`, `fetch` and `dispatcher`. Default `false`. */
  readonly http2?: boolean | undefined;
  /** Resolves names. Its answers are checked against `addresses` too. Default `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  /** Dates events, and tells when certificates of kept sessions expire. Default: the machine's time. */
  readonly clock?: Clock | undefined;
  /** Receives the events `tls.handshake` and `tls.refused`. */
  readonly onEvent?: EventListener | undefined;
}

/** Every limit with its value. */
export type ResolvedTimeouts = { readonly [Name in keyof TransportTimeouts]-?: number };

/** Options after their check: every option with a default has its value. */
export interface ResolvedOptions {
  readonly policy: TlsPolicy;
  readonly postQuantum: PostQuantum;
  readonly ca: readonly string[] | undefined;
  readonly pins: ReadonlySet<string> | undefined;
  readonly addresses: AddressGuard | undefined;
  readonly proxy: string | URL | false;
  readonly allowLoopbackHttp: boolean;
  readonly connections: number;
  readonly timeouts: ResolvedTimeouts;
  readonly http2: boolean;
  readonly lookup: LookupFunction | undefined;
  readonly clock: Clock | undefined;
  readonly onEvent: EventListener | undefined;
}

const defaultTimeouts: ResolvedTimeouts = {
  connectMs: 3_100,
  headersMs: 70_000,
  bodyMs: 0,
  bodyIdleMs: 60_000,
  idleMs: 30_000,
  tcpKeepAliveMs: 60_000,
};

/** Above this, Node's timers fire at once. */
const maxTimerMs = 2_147_483_647;

/** A time limit. */
const timerMs: Shape = wholeNumber(1, maxTimerMs, "milliseconds");

/** A time limit that 0 switches off. */
export const optionalTimerMs: Shape = wholeNumber(0, maxTimerMs, "milliseconds");

const timeoutShapes: Shapes<TransportTimeouts> = {
  connectMs: optional(timerMs),
  headersMs: optional(optionalTimerMs),
  bodyMs: optional(optionalTimerMs),
  bodyIdleMs: optional(optionalTimerMs),
  idleMs: optional(timerMs),
  tcpKeepAliveMs: optional(timerMs),
};

// `parseCa`, `parsePins` and the proxy router check the options that are `unchecked` here.
const shapes: Shapes<TransportOptions> = {
  tls: optional(tlsPolicyShape),
  postQuantum: optional(oneOf("prefer", "require", "off")),
  ca: optional(unchecked),
  pins: optional(unchecked),
  addresses: optional(addressRuleShape),
  proxy: optional(unchecked),
  allowLoopbackHttp: optional(flag),
  connections: optional(wholeNumber(1, 65_535, "connections")),
  timeouts: optional(nested(timeoutShapes)),
  http2: optional(flag),
  lookup: optional(callable),
  clock: optional(clockShape),
  onEvent: optional(callable),
};

/**
 * Checks the options of {@link createTransport} and fills in the defaults.
 *
 * @throws {TransportError} `INVALID_OPTION`, `TLS_POST_QUANTUM_REQUIRED`.
 */
export function resolveOptions(options: TransportOptions | undefined): ResolvedOptions {
  const given = checkOptions(options, shapes, refuseOption);
  const postQuantum = given.postQuantum ?? "prefer";
  return {
    policy: resolvePolicy(given.tls, postQuantum),
    postQuantum,
    ca: given.ca === undefined ? undefined : parseCa(given.ca),
    pins: given.pins === undefined ? undefined : parsePins(given.pins),
    addresses: createAddressGuard(given.addresses ?? "any"),
    proxy: given.proxy === undefined ? false : given.proxy,
    allowLoopbackHttp: given.allowLoopbackHttp ?? false,
    connections: given.connections ?? 64,
    timeouts: { ...defaultTimeouts, ...(given.timeouts as Partial<ResolvedTimeouts> | undefined) },
    http2: given.http2 ?? false,
    lookup: given.lookup,
    clock: given.clock,
    onEvent: given.onEvent,
  };
}
