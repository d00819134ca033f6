import { type Clock, createSigner, generations, type Signer } from "@countersign/signer";
import { Refusal } from "../refusal.ts";
import { type CheckAllowed, createCheckAllowed } from "../judge/allowance.ts";
import type { MemoryOwner } from "../receive/buffer-budget.ts";
import type { CheckOwner } from "../send/check-turns.ts";
import type { ProxyClient } from "./client.ts";

/** What a client has sent. */
interface Traffic extends MemoryOwner, CheckOwner {
  inFlight: number;
  /** A token bucket: one second's worth of requests may come at once. */
  tokens: number;
  filledAt: number;
}

/** A client and what the proxy keeps for it. */
export interface ClientState {
  readonly client: ProxyClient;
  /** Counted on when `replaceClients` gives a client of this name. */
  readonly traffic: Traffic;
  /** Requests that may be under way at once. */
  readonly maxInFlight: number;
  readonly checkAllowed: CheckAllowed;
  /** @throws SignerError for a Region or service that cannot be signed for. */
  signerFor(region: string, service: string): Signer;
  /**
   * Counts one request that has proven itself as under way. Call the returned function when it has ended.
   *
   * @throws Refusal `ThrottlingException`, status 429, above `maxInFlight`.
   */
  enter(): () => void;
  /** Counts one request that is allowed. @throws Refusal `ThrottlingException`, status 429, above `requestsPerSecond`. */
  admit(): void;
}

/** Regions and services of one client in a generation. The signers of other clients are not touched. */
const MAX_SIGNERS = 256;
const MAX_IN_FLIGHT = 256;

/** @param before what was kept for the client of this name: the requests that it counted still count. */
export function createClientState(client: ProxyClient, clock: Clock, before?: ClientState): ClientState {
  const signerOf = generations(MAX_SIGNERS, (_key: string, region: string, service: string) =>
    createSigner({ region, service, credentials: client.credentials, clock }),
  );
  const traffic = before?.traffic ?? {
    inFlight: 0,
    heldBytes: 0,
    checks: Promise.resolve(),
    tokens: Infinity,
    filledAt: clock.monotonic(),
  };
  const { requestsPerSecond = Infinity, maxInFlight = MAX_IN_FLIGHT } = client;

  function refill(): void {
    const now = clock.monotonic();
    const earned = ((now - traffic.filledAt) / 1000) * requestsPerSecond;
    traffic.tokens = Math.min(requestsPerSecond, traffic.tokens + earned);
    traffic.filledAt = now;
  }

  return {
    client,
    traffic,
    maxInFlight,
    checkAllowed: createCheckAllowed(client.name, client.allow),
    signerFor: (region, service) => signerOf(`${service}/${region}`, region, service),
    admit() {
      if (requestsPerSecond === Infinity) return;
      refill();
      if (traffic.tokens < 1) throw throttled(`${client.name} may send ${requestsPerSecond} requests per second`);
      traffic.tokens -= 1;
    },
    enter() {
      if (traffic.inFlight >= maxInFlight) throw throttled(`${client.name} may have ${maxInFlight} requests under way`);
      traffic.inFlight += 1;
      let ended = false;
      return () => {
        if (!ended) traffic.inFlight -= 1;
        ended = true;
      };
    },
  };
}

/** The refusal of a request above a limit of its client. */
export function throttled(limit: string): Refusal {
  return new Refusal(429, "ThrottlingException", `Rate exceeded: ${limit}.`);
}
