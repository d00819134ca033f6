import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createClock } from "@countersign/signer";
import { type ClientState, createClientState } from "./client/client-state.ts";
import type { ProxyClient } from "./client/client.ts";
import { refuseOption } from "./error.ts";
import type { ExchangeParts } from "./exchange-parts.ts";
import { exchange } from "./exchange.ts";
import { type ForwardListening, type ForwardOptions, listenForward } from "./forward/listen-forward.ts";
import { outgoingOf } from "./message.ts";
import { createMetrics } from "./observe/metrics.ts";
import { createUpstreamTls } from "./observe/upstream-tls.ts";
import { checkProxyOptions, type ProxyOptions } from "./options.ts";
import { createAuthenticate } from "./receive/authenticate.ts";
import { createBufferBudget } from "./receive/buffer-budget.ts";
import { MAX_BODY_BYTES } from "./receive/read-request.ts";
import { createSeenSignatures } from "./receive/replay.ts";
import { createUnprovenBodies } from "./receive/unproven-bodies.ts";
import { createConnectionShares } from "./send/connection-shares.ts";
import { createOriginOf } from "./send/origin-of.ts";
import { type Listening, listen, type ListenOptions } from "./server/listen.ts";

/** A signing proxy. */
export interface Proxy {
  /**
   * Answers a request of `node:http` or `node:http2`, for a server of your own. The client must prove itself by a
   * placeholder key.
   */
  handle(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): Promise<void>;
  /** Starts to listen. @throws ProxyError `INVALID_OPTION`, `LISTEN_FAILED`. */
  listen(options: ListenOptions): Promise<Listening>;
  /**
   * Starts to listen for clients that are given `HTTPS_PROXY` instead of an endpoint. They sign with their placeholder key
   * as well, and have to trust the authority of this listener.
   *
   * @throws ProxyError `INVALID_OPTION`, `LISTEN_FAILED`.
   */
  listenForward(options?: ForwardOptions): Promise<ForwardListening>;
  /**
   * Replaces all clients, for requests that come from now on. Signatures that were accepted once stay so, and the
   * requests of a client still count towards the limits of the new client of its name. Clients of Unix
   * sockets are found by name: those of a name that is gone are refused.
   *
   * @throws ProxyError `INVALID_OPTION`; nothing changes then.
   */
  replaceClients(clients: readonly ProxyClient[]): void;
  /** Closes every listener: requests under way have ten seconds to end. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const MAX_SKEW_MS = 300_000;
const MAX_BUFFERED_BYTES = 268_435_456;
/** How much of the memory for bodies may be held by bodies that prove nothing yet. */
const UNPROVEN_SHARE = 1 / 4;

/**
 * Makes a proxy that verifies requests signed with placeholder keys, judges them, signs them anew with credentials that
 * the client never sees, and sends them over TLS with forward secrecy.
 *
 * @throws ProxyError `INVALID_OPTION`.
 *
 * @example
 * const proxy = await createProxy({
 *   transport: createTransport(),
 *   clients: [{ name: "notebook", key: issueKey(), credentials: role, allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] }],
 * });
 * const { url } = await proxy.listen({ port: 8080 });
 */
export async function createProxy(given: ProxyOptions): Promise<Proxy> {
  const options = checkProxyOptions(given);
  const { clock = createClock(), maxSkewMs = MAX_SKEW_MS, maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
  const upstreamTls = createUpstreamTls();
  const signatures = createSeenSignatures(maxSkewMs);
  let states: readonly ClientState[] = [];
  // The id of a placeholder key is enough to send a body that proves nothing. The rest of the memory stays for clients
  // that have proven themselves. The largest body of a client must fit.
  const unproven = createUnprovenBodies(
    () =>
      Math.max(
        maxBufferedBytes * UNPROVEN_SHARE,
        ...states.map(({ client: { maxBodyBytes = MAX_BODY_BYTES } }) => maxBodyBytes),
      ),
    () => budget,
    () => clock.monotonic(),
  );
  const budget = createBufferBudget(maxBufferedBytes, unproven.evictOne);
  const shared = {
    options,
    clock,
    maxSkewMs,
    originOf: createOriginOf(options.endpoints),
    connections: createConnectionShares(options.transport.connections ?? Infinity),
    budget,
    unproven,
    metrics: await createMetrics(options.registry),
    upstreamTls,
  };
  let parts: ExchangeParts;
  const use = (clients: readonly ProxyClient[]): void => {
    const before = new Map(states.map((state) => [state.client.name, state]));
    states = clients.map((client) => createClientState(client, clock, before.get(client.name)));
    parts = { ...shared, authenticate: createAuthenticate(states, signatures, clock, maxSkewMs) };
  };
  use(options.clients);
  const listening = new Set<Listening>();
  const close = async (): Promise<void> => {
    await Promise.all([...listening].map((one) => one.close()));
    upstreamTls.close();
  };

  return {
    handle: (request, response) => exchange(parts, request, outgoingOf(response)),
    async listen(where) {
      const { client: name } = Object(where) as ListenOptions;
      const named = (): ClientState | undefined => states.find(({ client }) => client.name === name);
      if (name !== undefined && named() === undefined)
        refuseOption(`client: must be the name of a client; ${name} is unknown`);
      const one = await listen(where, (request, response, { certificateSha256 }) => {
        const byCertificate =
          certificateSha256 === undefined
            ? undefined
            : states.find(({ client }) => client.certificateSha256 === certificateSha256);
        const bound = name === undefined ? byCertificate : named();
        // Without its client, a socket must not become one that takes any placeholder key.
        if (name !== undefined && bound === undefined) {
          response.writeHead(403).end();
          return Promise.resolve();
        }
        return exchange(parts, request, response, { client: bound });
      });
      listening.add(one);
      return one;
    },
    async listenForward(where = {}) {
      const one = await listenForward(
        where,
        () => clock.wall(),
        (request, response, target) => exchange(parts, request, response, { target }),
      );
      listening.add(one);
      return one;
    },
    replaceClients: (clients) => use(checkProxyOptions({ ...options, clients }).clients),
    close,
    [Symbol.asyncDispose]: close,
  };
}
