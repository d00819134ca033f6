import type { TemporaryCredentials } from "../model/credentials.ts";

/** The place of one session in a shared store. */
export interface StoreSlot {
  /** SHA-256 of `canon`, hex. */
  readonly key: string;
  /** The session's canonical description. It is part of the record, and compared when the record is read. */
  readonly canon: string;
  /** The subjects of revocations that match this session. */
  readonly subjects: readonly string[];
  /**
   * The operation of STS, and the parameters that the spec names, without defaults, tokens and codes. `Tenant`, `Issuer`,
   * `ProvidedContexts` and `Via` tell apart the sessions of different principals.
   */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One session in a store. */
export interface StoredSession {
  readonly credentials: TemporaryCredentials;
  /** When STS issued it, by the clock of STS, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** For each of the slot's subjects the latest revocation known when its fetch began; 0: none. */
  readonly epochs: readonly number[];
}

/** A revocation of one subject. Two of them merge by the larger of each number; one that is new
 * and has a smaller epoch counts as the latest. */
export interface Revocation {
  readonly subject: string;
  /** Sessions are void when their fetch began before this revocation was known; milliseconds since the epoch. */
  readonly epoch: number;
  /** Sessions issued before this moment are void; milliseconds since the epoch. */
  readonly issuedBefore: number;
}

/** The content of a slot. */
export interface StoreReading {
  readonly session?: StoredSession | undefined;
  /**
   * How long the session is valid by the clock of the store's server, in milliseconds: a process whose own clock was set
   * back would take it for longer.
   */
  readonly remainingMs?: number | undefined;
  /** Revocations of the slot's subjects. */
  readonly revocations: readonly Revocation[];
  /** Why a stored record must not be used: it was edited or moved, or its key is unknown. */
  readonly alarm?: string | undefined;
  /** Why stored revocations were ignored. */
  readonly revocationAlarms?: readonly string[] | undefined;
}

/** All stored revocations. */
export interface RevocationReading {
  readonly revocations: readonly Revocation[];
  /** Why others were ignored. */
  readonly alarms?: readonly string[];
  /** There may be more than these. */
  readonly isPartial?: boolean;
}

/**
 * Where the processes of a fleet share sessions. A store keeps and compares; the broker decides. Every operation may
 * fail or stall: the broker waits 150 ms for it and goes on without.
 */
export interface SharedStore {
  /** Share only sessions of a source with an `id`, so that no principal gets another's session. Chained ones always need it. */
  readonly needsSourceId: boolean;
  read(slot: StoreSlot): Promise<StoreReading>;
  /** Keeps the session unless it is revoked or one that lasts longer is stored; returns whether it did. */
  write(slot: StoreSlot, session: StoredSession): Promise<boolean>;
  /** Removes the slot's session. */
  drop(slot: StoreSlot): Promise<void>;
  /** Takes the lease of the slot for `ttlMs`, if it is free; returns a token. */
  lock?(slot: StoreSlot, ttlMs: number): Promise<string | undefined>;
  /** Extends the lease to `ttlMs` from now; false when it is lost. */
  extend?(slot: StoreSlot, token: string, ttlMs: number): Promise<boolean>;
  unlock?(slot: StoreSlot, token: string): Promise<void>;
  /**
   * Publishes a revocation and returns the one in force. A `new` one ends up later than all earlier ones of its subject,
   * whatever the clocks of the fleet say; a `known` one restores what the store has lost. `undefined`: the store has no
   * room for it, so the others are not told.
   */
  revoke?(revocation: Revocation, kind: "new" | "known"): Promise<Revocation | undefined>;
  /** All revocations in force. Read every two seconds. */
  revocations?(): Promise<RevocationReading>;
  /** Whether the client is still connecting: the first operations may then take up to two seconds. */
  isConnecting?(): boolean;
  /** Marks an id as used for `ttlMs`; whether it was not used before. */
  once?(id: string, ttlMs: number): Promise<boolean>;
}
