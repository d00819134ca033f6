import { throttled } from "../client/client-state.ts";
import type { Refusal } from "../refusal.ts";
import { type BufferBudget, type HeldMemory, noMemory } from "./buffer-budget.ts";

/** Who a body claims to be of, and where it comes from. */
export interface Claimant {
  /** The client whose key the request names. */
  readonly client: string;
  /** The address of the connection; `undefined` for a Unix socket. */
  readonly address: string | undefined;
  /** How many bodies of the client may be under way from one network. */
  readonly maxInFlight: number;
  /** Ends the reading of the body. */
  readonly evict: (refusal: Refusal) => void;
}

/** The bodies that are being read and prove nothing yet. */
export interface UnprovenBodies {
  readonly begin: (claimant: Claimant) => HeldMemory;
  /** Ends the body that should go first. @returns whether there was one that holds memory. */
  readonly evictOne: () => boolean;
}

interface Body {
  readonly evict: (refusal: Refusal) => void;
  readonly since: number;
  bytes: number;
}

/** The bodies of one client from one network. */
interface Peer {
  readonly bodies: Set<Body>;
  bytes: number;
}

interface Client {
  readonly peers: Map<string, Peer>;
  bytes: number;
}

/** A body that just began is not slow: its rate is that of this time at least, in milliseconds. */
const MIN_AGE_MS = 250;

/**
 * Makes the register of such bodies. The id of a placeholder key is no secret, so anyone who knows one can send bodies that
 * prove nothing. When they hold more than their part of the memory, one of them is ended: of the client that holds most,
 * from the network that holds most, the slowest. The same body goes first when proven ones need the memory, and when more
 * are under way from a network than the client may have.
 *
 * So an attacker's body outlives an honest one only where it arrives faster, and no body that is proven is ended.
 *
 * @param maxBytes how much they may hold together.
 * @param budget the memory of all bodies, of which this is a part.
 * @param now milliseconds that never jump.
 */
export function createUnprovenBodies(
  maxBytes: () => number,
  budget: () => BufferBudget,
  now: () => number,
): UnprovenBodies {
  const clients = new Map<string, Client>();
  let used = 0;

  function slowestOf({ bodies }: Peer, isMeant: (body: Body) => boolean): Body | undefined {
    const at = now();
    let slowest: Body | undefined;
    let least = Infinity;
    for (const body of bodies) {
      const rate = body.bytes / Math.max(MIN_AGE_MS, at - body.since);
      if (rate >= least || !isMeant(body)) continue;
      slowest = body;
      least = rate;
    }
    return slowest;
  }

  function evictOne(): boolean {
    const client = holdsMost(clients.values());
    const peer = client && holdsMost(client.peers.values());
    const body = peer && slowestOf(peer, ({ bytes }) => bytes > 0);
    body?.evict(noMemory());
    return body !== undefined;
  }

  return {
    evictOne,
    begin({ client: name, address, maxInFlight, evict }) {
      const network = networkOf(address);
      const client = clients.get(name) ?? { peers: new Map<string, Peer>(), bytes: 0 };
      const peer = client.peers.get(network) ?? { bodies: new Set<Body>(), bytes: 0 };
      clients.set(name, client);
      client.peers.set(network, peer);
      const counted = (bytes: number): void => {
        body.bytes += bytes;
        peer.bytes += bytes;
        client.bytes += bytes;
        used += bytes;
      };
      const end = (): void => {
        if (!peer.bodies.delete(body)) return;
        budget().give(body.bytes);
        counted(-body.bytes);
        if (peer.bodies.size === 0) client.peers.delete(network);
        if (client.peers.size === 0) clients.delete(name);
      };
      const body: Body = {
        since: now(),
        bytes: 0,
        evict(refusal) {
          end();
          evict(refusal);
        },
      };
      peer.bodies.add(body);
      if (peer.bodies.size > maxInFlight) {
        slowestOf(peer, (other) => other !== body)?.evict(
          throttled(`${name} may have ${maxInFlight} requests under way`),
        );
      }
      return {
        end,
        take(bytes) {
          const isHere = (): boolean => peer.bodies.has(body);
          while (isHere() && used + bytes > maxBytes() && evictOne());
          if (!isHere() || used + bytes > maxBytes()) throw noMemory();
          budget().take(bytes);
          // To make room, the budget may have ended this very body.
          if (!isHere()) {
            budget().give(bytes);
            throw noMemory();
          }
          counted(bytes);
        },
      };
    },
  };
}

function holdsMost<One extends { readonly bytes: number }>(all: Iterable<One>): One | undefined {
  let most: One | undefined;
  for (const one of all) if (most === undefined || one.bytes > most.bytes) most = one;
  return most;
}

/** An address; of IPv6 its /64, which one machine can have all addresses of (RFC 6177). */
function networkOf(address = ""): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing = address.includes("::")
    ? 8 - groups.length - tail.split(":").filter((group) => group !== "").length
    : 0;
  return [...groups, ...Array.from({ length: missing }, () => "0"), ...tail.split(":")].slice(0, 4).join(":");
}
