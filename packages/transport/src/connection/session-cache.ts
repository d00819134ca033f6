import type { PeerCertificate } from "@countersign/signer";

/** A TLS 1.3 session that may be resumed, with the certificate its first handshake showed. */
export interface ResumableSession {
  readonly session: Buffer;
  readonly peer: PeerCertificate;
}

/** Sessions by host, port and server name. One cache belongs to one transport, hence to one policy and one set of CAs. */
export interface SessionCache {
  find(key: string, now: number): ResumableSession | undefined;
  remember(key: string, session: ResumableSession): void;
  forget(key: string): void;
  clear(): void;
}

/** As many as `https.Agent` keeps. */
const maxSessions = 100;

/** Makes an empty cache that drops the host it saw longest ago. */
export function createSessionCache(): SessionCache {
  const sessions = new Map<string, ResumableSession>();
  return {
    find(key, now) {
      const found = sessions.get(key);
      // A resumed connection shows no certificate: one that ran out meanwhile would go unnoticed.
      if (found === undefined || Date.parse(found.peer.validTo) > now) return found;
      sessions.delete(key);
      return undefined;
    },
    remember(key, session) {
      sessions.delete(key);
      sessions.set(key, session);
      if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value as string);
    },
    forget(key) {
      sessions.delete(key);
    },
    clear() {
      sessions.clear();
    },
  };
}
