import type { LookupFunction } from "node:net";
import type { Clock, EventListener } from "@countersign/signer";
import type { AddressRule } from "./connection/addresses.ts";
import { checkNames } from "./check-names.ts";
import { invalidOption } from "./errors/error.ts";
import type { SpkiPin } from "./policy/pins.ts";
import type { PostQuantum, TlsPolicyInput } from "./policy/tls-policies.ts";

/** Time limits, in milliseconds. All of them throw. */
export interface TransportTimeouts {
  /** For a connection to be ready: name, TCP, proxy and TLS together. Default 3,100. */
  readonly connectMs?: number | undefined;
  /** From the request being sent to the head of its answer. Default 70,000: SageMaker's own limit is 60 s. 0: none. */
  readonly headersMs?: number | undefined;
  /** Between two pieces of an answer's body. Default 60,000. 0: none. */
  readonly bodyIdleMs?: number | undefined;
  /** How long an unused connection is kept. Default 30,000. */
  readonly idleMs?: number | undefined;
  /** Until TCP probes a silent connection. Default 60,000, below the 350 s after which NAT gateways drop it. */
  readonly tcpKeepAliveMs?: number | undefined;
}

/** Options of {@link createTransport}. */
export interface TransportOptions {
  /** What connections are held to. Default `default`: TLS 1.2 and 1.3 with forward secrecy and AEAD. */
  readonly tls?: TlsPolicyInput | undefined;
  /** Keys that a quantum computer cannot recover. Default `prefer`. */
  readonly postQuantum?: PostQuantum | undefined;
  /** The only CAs to trust, in PEM. Default: Node's, with `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** Public keys of which one must be in the server's chain; at least two. With pins no session is resumed. */
  readonly pins?: readonly SpkiPin[] | undefined;
  /** Which addresses may be connected to. Default `any`. */
  readonly addresses?: AddressRule | undefined;
  /** `"env"` honours HTTPS_PROXY and NO_PROXY as they are now; else the URL of a proxy. Default `false`. */
  readonly proxy?: string | URL | false | undefined;
  /** Lets `http:` through to this machine, for tests and sidecars. Default `false`. */
  readonly allowLoopbackHttp?: boolean | undefined;
  /** Connections per origin. Default 64. */
  readonly connections?: number | undefined;
  readonly timeouts?: TransportTimeouts | undefined;
  /** Offers HTTP/2 beside HTTP/1.1 on `request`, `fetch` and `dispatcher`. Default `false`. */
  readonly http2?: boolean | undefined;
  /** Resolves names. Default `dns.lookup`. Its answers are checked against `addresses` all the same. */
  readonly lookup?: LookupFunction | undefined;
  readonly clock?: Clock | undefined;
  /** Told of `tls.handshake` and `tls.refused`. */
  readonly onEvent?: EventListener | undefined;
}

/** The limits as they apply: all of them there. */
export type ResolvedTimeouts = { readonly [Name in keyof TransportTimeouts]-?: number };

const defaultTimeouts: ResolvedTimeouts = {
  connectMs: 3_100,
  headersMs: 70_000,
  bodyIdleMs: 60_000,
  idleMs: 30_000,
  tcpKeepAliveMs: 60_000,
};

/** Above this, Node's timers fire at once. */
const maxTimerMs = 2_147_483_647;

/** @throws {TransportError} `INVALID_OPTION`. */
export function resolveTimeouts(given: TransportTimeouts = {}): ResolvedTimeouts {
  checkNames("timeouts", given, Object.keys(defaultTimeouts));
  const resolved: Record<string, number> = { ...defaultTimeouts };
  for (const name of Object.keys(defaultTimeouts) as (keyof TransportTimeouts)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const least = name === "headersMs" || name === "bodyIdleMs" ? 0 : 1;
    if (!Number.isInteger(value) || value < least || value > maxTimerMs) {
      throw invalidOption(
        `timeouts.${name}: ${String(value)} is not a whole number of milliseconds from ${least} to ${maxTimerMs}`,
      );
    }
    resolved[name] = value;
  }
  return resolved as ResolvedTimeouts;
}

/** @throws {TransportError} `INVALID_OPTION`. */
export function resolveConnections(connections = 64): number {
  if (Number.isInteger(connections) && connections >= 1 && connections <= 65_535) return connections;
  throw invalidOption(`connections: ${String(connections)} is not a whole number from 1 to 65535`);
}

const optionNames: readonly string[] = [
  "tls",
  "postQuantum",
  "ca",
  "pins",
  "addresses",
  "proxy",
  "allowLoopbackHttp",
  "connections",
  "timeouts",
  "http2",
  "lookup",
  "clock",
  "onEvent",
] satisfies (keyof TransportOptions)[];

/** @throws {TransportError} `INVALID_OPTION`. */
export function checkOptionNames(options: TransportOptions): void {
  checkNames("createTransport", options, optionNames);
}
