import type { TemporaryCredentials } from "../model/credentials.ts";

/** The place of one session in a shared store. */
export interface StoreSlot {
  /** SHA-256 of `canon`, hex. */
  readonly key: string;
  /** The session's canonical description; kept inside the record and compared when it is read back. */
  readonly canon: string;
  /** What a revocation may name to hit this session. */
  readonly subjects: readonly string[];
  /** The call of STS that makes the session, and the parameters that its spec names: no defaults, tokens or codes. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One session as a store keeps it. */
export interface StoredSession {
  readonly credentials: TemporaryCredentials;
  /** When it was issued, in milliseconds since the epoch by the clock of STS. */
  readonly issuedAt: number;
  /** For each of the slot's subjects the latest revocation known when its fetch began; 0: none. */
  readonly epochs: readonly number[];
}

/** What is revoked for one subject. Two of them merge by the larger of each number. */
export interface Revocation {
  readonly subject: string;
  /** Sessions whose fetch began before this was known are void; milliseconds since the epoch. */
  readonly epoch: number;
  /** Sessions issued before this moment are void; milliseconds since the epoch. */
  readonly issuedBefore: number;
}

/** What was found in a slot. */
export interface StoreReading {
  readonly session?: StoredSession | undefined;
  /** Revocations that name one of the slot's subjects. */
  readonly revocations: readonly Revocation[];
  /** A record was there and must not be used: edited, replayed, of another slot or under an unknown key. */
  readonly alarm?: string | undefined;
}

/**
 * Where the processes of a fleet share sessions. A store keeps and compares; the broker decides. Every operation may
 * fail or stall: the broker gives it 150 ms and goes on without.
 */
export interface SharedStore {
  /** Sessions are shared only when the source's `id` is known, so that one principal never gets another's. */
  readonly needsSourceId: boolean;
  read(slot: StoreSlot): Promise<StoreReading>;
  /** Keeps the session unless a later one is there or a revocation came after `session.epochs`; tells whether it did. */
  write(slot: StoreSlot, session: StoredSession): Promise<boolean>;
  /** Forgets the slot's session. */
  drop(slot: StoreSlot): Promise<void>;
  /** Tries to be the only one to fetch for `ttlMs`; a token when it is, to unlock with. */
  lock?(slot: StoreSlot, ttlMs: number): Promise<string | undefined>;
  unlock?(slot: StoreSlot, token: string): Promise<void>;
  /**
   * Publishes a revocation and gives what is in force then. A `new` one ends up later than all that its subject had
   * before, whatever the clocks of the fleet say; a `known` one only makes good what the store has lost.
   */
  revoke?(revocation: Revocation, kind: "new" | "known"): Promise<Revocation>;
  /** All revocations in force. Asked every two seconds. */
  revocations?(): Promise<readonly Revocation[]>;
}
