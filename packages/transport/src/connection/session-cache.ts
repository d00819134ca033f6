import { AgingMap, type PeerCertificate } from "@countersign/signer";
import { withoutGroup } from "./key-share.ts";

/** One moment, by every clock of the transport, in milliseconds. */
export interface Moment {
  /** By the machine's clock, corrected by what servers' answers say. */
  readonly now: number;
  /** By the machine's clock. */
  readonly wall: number;
  /** By a clock that never jumps, and may stand still while the machine sleeps. */
  readonly monotonic: number;
}

/** Reads the clocks. */
export function momentOf(clock: { now(): number; wall(): number; monotonic(): number }): Moment {
  return { now: clock.now(), wall: clock.wall(), monotonic: clock.monotonic() };
}

/** A TLS 1.3 session to resume, with the certificate of its full handshake. */
export interface ResumableSession {
  readonly session: Buffer;
  readonly peer: PeerCertificate;
  /** When the server showed the certificate. */
  readonly shownAt: Moment;
}

/** Sessions by host and port. One cache belongs to one transport, and so to one policy and one set of CAs. */
export interface SessionCache {
  find(key: string, at: Moment): ResumableSession | undefined;
  remember(key: string, session: ResumableSession): void;
  forget(key: string): void;
  /** Forgets the session, and remembers no more sessions of this host. */
  forbid(key: string): void;
  clear(): void;
}

/**
 * The longest time without a full handshake. A resumed connection shows no certificate: an attacker with the server's
 * ticket keys can resume too. RFC 8446, section 4.6.1, allows 7 days.
 */
const longestMs = 24 * 3_600_000;

/** Hosts of a generation. `https.Agent` keeps as many sessions. */
const maxHosts = 100;

/**
 * Makes an empty cache. Hosts that no connection goes to are forgotten first. That is safe for forbidden hosts too: a
 * session without a key share is refused after each handshake, and the host is forbidden again.
 */
export function createSessionCache(): SessionCache {
  const sessions = new AgingMap<string, ResumableSession>(maxHosts);
  const forbidden = new AgingMap<string, true>(maxHosts);
  return {
    find(key, at) {
      const found = sessions.get(key);
      if (found === undefined) return undefined;
      const { peer, shownAt } = found;
      // A resumed connection shows no certificate, so the transport must notice itself when the certificate expires.
      if (Date.parse(peer.validTo) > Math.max(at.now, at.wall) && isWithinADay(shownAt, at)) return found;
      sessions.delete(key);
      return undefined;
    },
    remember(key, { session, peer, shownAt }) {
      sessions.delete(key);
      // A session of unknown format could not prove a key share, so it is not offered.
      const offered = withoutGroup(session);
      if (offered === undefined || forbidden.get(key) === true) return;
      sessions.set(key, { session: offered, peer, shownAt });
    },
    forget(key) {
      sessions.delete(key);
    },
    forbid(key) {
      sessions.delete(key);
      forbidden.set(key, true);
    },
    clear() {
      sessions.clear();
    },
  };
}

/**
 * Every clock must say so. A server that resumes with copied keys can move the corrected clock by the dates of its
 * answers, and a machine's clock can be set back.
 */
function isWithinADay(from: Moment, to: Moment): boolean {
  return (
    Math.abs(to.now - from.now) < longestMs &&
    Math.abs(to.wall - from.wall) < longestMs &&
    to.monotonic - from.monotonic < longestMs
  );
}
