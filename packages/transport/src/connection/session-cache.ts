import type { PeerCertificate } from "@countersign/signer";
import { withoutGroup } from "./key-share.ts";

/** A TLS 1.3 session to resume, with the certificate of its full handshake. */
export interface ResumableSession {
  readonly session: Buffer;
  readonly peer: PeerCertificate;
}

/** Sessions by host and port. One cache belongs to one transport, and so to one policy and one set of CAs. */
export interface SessionCache {
  find(key: string, now: number): ResumableSession | undefined;
  remember(key: string, session: ResumableSession): void;
  forget(key: string): void;
  /** Forgets the session, and remembers no more sessions of this host. */
  forbid(key: string): void;
  clear(): void;
}

/** As many as `https.Agent` keeps. */
const maxSessions = 100;

/** Makes an empty cache. When it is full, it drops the host whose session is the oldest. */
export function createSessionCache(): SessionCache {
  const sessions = new Map<string, ResumableSession>();
  const forbidden = new Set<string>();
  return {
    find(key, now) {
      const found = sessions.get(key);
      // A resumed connection shows no certificate, so the transport must notice itself when the certificate expires.
      if (found === undefined || Date.parse(found.peer.validTo) > now) return found;
      sessions.delete(key);
      return undefined;
    },
    remember(key, { session, peer }) {
      sessions.delete(key);
      // A session of unknown format could not prove a key share, so it is not offered.
      const offered = withoutGroup(session);
      if (offered === undefined || forbidden.has(key)) return;
      sessions.set(key, { session: offered, peer });
      if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value as string);
    },
    forget(key) {
      sessions.delete(key);
    },
    forbid(key) {
      sessions.delete(key);
      forbidden.add(key);
      if (forbidden.size > maxSessions) forbidden.delete(forbidden.keys().next().value as string);
    },
    clear() {
      sessions.clear();
    },
  };
}
