import { type Clock, createEmitter } from "@countersign/signer";
import { checkOptions, listOf, optional, type Shapes, shape, text } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { limited } from "../spec/sts-limits.ts";
import { createAdmission } from "../sts/admission.ts";
import type { ResolvedOptions } from "./broker-options.ts";
import type { Broker, RevokeFilter } from "../model/broker.ts";
import {
  assumeRootSession,
  federationTokenSession,
  roleSession,
  samlSession,
  sessionTokenSession,
  webIdentitySession,
  webIdentityTokenSession,
} from "../spec/define-session.ts";
import type { SessionContext } from "../spec/session-source.ts";
import { BrokerError } from "../errors/error.ts";
import { createFetch } from "../store/fetch-session.ts";
import { createSessionCache, type SessionCache } from "../cache/session-cache.ts";
import { createIssuerTime } from "../model/issuer-time.ts";
import { createMfaPrompts } from "../sources/mfa-prompts.ts";
import { createRegionRoute } from "../sts/region-route.ts";
import { createRevocations, revocationSubject } from "../store/revocations.ts";
import { createRevocationSync, SYNC_MS } from "../store/revocation-sync.ts";
import { createSharedSessions, type SharedSessions } from "../store/shared-sessions.ts";
import { createStoreGuard } from "../store/store-guard.ts";
import { createRole } from "./create-role.ts";
import type { Role } from "../model/role.ts";
import type { Session } from "../model/session.ts";
import type { BrokerSnapshot } from "../model/snapshot.ts";
import { createSourceHealth } from "../sources/source-health.ts";
import { shareMemory } from "./fleet-memory.ts";
import type { BrokerSource } from "../sources/source.ts";
import type { Sts } from "../sts/sts.ts";
import { warmAll } from "./warm-all.ts";
import { WebIdentityToken } from "../model/web-identity-token.ts";
import { refreshPolicy } from "../cache/windows.ts";

/** A broker's dependencies on time, chance, STS and the source of credentials. */
export interface BrokerPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sts: Sts;
  readonly source: BrokerSource;
  /** Calls `run` at an interval until the returned function is called. Does not keep the process alive. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** Closes what `createBroker` made for this broker. */
  readonly release: () => Promise<void>;
}

const filterShapes: Shapes<RevokeFilter> = {
  roleArn: optional(limited("roleArn")),
  tenant: optional(text),
  issuer: optional(text),
  issuedBefore: optional(shape("a valid Date", (value) => value instanceof Date && !Number.isNaN(value.getTime()))),
};

const TICK_MS = 30_000;
const SECOND_MS = 1000;

/** Builds a broker from its parts. */
export function buildBroker(options: ResolvedOptions, ports: BrokerPorts): Broker {
  const { regions, limits, graceMs, sessionName, windows } = options;
  const { clock, random, sts, source } = ports;
  const emit = createEmitter(options.onEvent, clock);
  const admission = createAdmission(limits, clock);
  const revocations = createRevocations(
    () => clock.now(),
    () => cache.dropRevoked(),
  );
  const { store } = options;
  const guard = createStoreGuard(clock, emit, () => store?.isConnecting?.() ?? false);
  const issuerTime = createIssuerTime(clock);
  const shared = store && createSharedSessions(store, { clock, issuerTime, emit, guard, revocations });
  let toldUnnamed = false;
  const sharedFor = (session: Session): SharedSessions | undefined => {
    // A profile of this user has one source, so files need no name of it. A chained session has its parent's as well.
    if (session.shareable || (store?.needsSourceId !== true && !session.isChained)) return shared;
    if (!toldUnnamed) emit("store.alarm", () => ({ key: session.label, code: "SOURCE_UNNAMED" }));
    toldUnnamed = true;
    return undefined;
  };

  const sourceHealth = createSourceHealth(clock, emit);
  const cache = createSessionCache({
    clock,
    random,
    emit,
    policy: refreshPolicy(windows, random),
    graceMs,
    maxEntries: limits.maxEntries,
    fetch: createFetch({
      clock,
      issuerTime,
      random,
      emit,
      sts,
      admission,
      route: createRegionRoute(regions, clock),
      revocations,
      sharedFor,
      sourceHealth,
      ownSource: source.get,
    }),
    search: shared && (async (session, request) => sharedFor(session)?.find(session, request)),
    revocations,
    hasRoom: (tenant) => admission.hasRoom(tenant),
  });
  const sessions = new WeakMap<Role, Session>();
  const context: SessionContext = {
    source,
    sessionName,
    prompts: createMfaPrompts(clock),
    sessionOf: (role) => sessions.get(role),
    sourceOf: (session) => (request) => {
      const { rejected, background, signal } = request;
      if (rejected !== undefined) cache.invalidate(session, { accessKeyId: rejected, reason: "rejected" });
      return cache.get(session, { background, signal });
    },
  };
  const sync =
    store &&
    createRevocationSync(store, {
      guard,
      revocations,
      emit,
      now: () => clock.now(),
    });
  const stopTicking = ports.every(TICK_MS, () => {
    cache.tick();
    retryRejectedSource();
  });
  const stopSyncing = sync && ports.every(SYNC_MS, () => void sync.run());

  const roleCache: SessionCache = {
    ...cache,
    invalidate(session, rejection) {
      const hit = cache.invalidate(session, rejection);
      if (hit && rejection.reason === "revoked") void sharedFor(session)?.drop(session);
      return hit;
    },
  };
  const toRole = (session: Session): Role => {
    const role = createRole(session, roleCache);
    sessions.set(role, session);
    return role;
  };

  async function revoke(filter: RevokeFilter): Promise<void> {
    if (filter === undefined) refuseOption("filter: must be an object; {} revokes all sessions", "filter");
    const { roleArn, tenant, issuer, issuedBefore } = checkOptions(filter, filterShapes, refuseOption);
    const cutoff = issuedBefore?.getTime();
    const subject = revocationSubject(roleArn, tenant, issuer);
    const [known = 0] = revocations.epochs([subject]);
    // STS states issue times in whole seconds, so a revocation up to now compares the times at which fetches began.
    const all = cutoff === undefined || cutoff > clock.now() - SECOND_MS;
    const epoch = all ? Math.max(clock.now(), known + 1) : 0;
    const revocation = { subject, epoch: Math.floor(epoch), issuedBefore: all ? 0 : Math.floor(cutoff) };
    if (sync === undefined) {
      revocations.learn([revocation]);
      return;
    }
    revocations.make(revocation);
    const inForce = await sync.publish(revocation);
    if (inForce === undefined) {
      throw new BrokerError(
        "STORE_UNAVAILABLE",
        store?.revocations === undefined
          ? "revoke: enforced in this process, and nowhere else; call it again when the store works"
          : "revoke: enforced in this process; other processes are told as soon as the store answers and has room",
      );
    }
    revocations.confirm(inForce);
  }

  /** While STS rejects the broker's own credentials, tries them again, so that the broker notices their repair. */
  function retryRejectedSource(): void {
    const session = sourceHealth.rejection?.session;
    if (session === undefined) return;
    cache.get(session, { background: true, forceRefresh: true }).catch(() => undefined);
  }

  function snapshot(): BrokerSnapshot {
    const { rejection } = sourceHealth;
    const { off } = guard;
    return {
      ...cache.snapshot(),
      source: {
        ...(rejection && {
          rejected: { accessKeyId: rejection.accessKeyId, code: rejection.code, at: rejection.at },
        }),
      },
      ...(store && { store: { ...(off && { off }) } }),
    };
  }

  async function close(): Promise<void> {
    stopTicking();
    stopSyncing?.();
    await cache.close();
    await ports.release();
  }

  const broker: Broker = {
    role: (spec) => toRole(roleSession(spec, context)),
    webIdentity: (spec) => toRole(webIdentitySession(spec, context)),
    saml: (spec) => toRole(samlSession(spec)),
    sessionToken: (spec = {}) => toRole(sessionTokenSession(spec, context)),
    federationToken: (spec) => toRole(federationTokenSession(spec, context)),
    assumeRoot: (spec) => toRole(assumeRootSession(spec, context)),
    async webIdentityToken(spec, request) {
      const { secretAccessKey, expiration } = await createRole(webIdentityTokenSession(spec, context), cache).get(
        request,
      );
      return new WebIdentityToken(secretAccessKey, expiration);
    },
    revoke,
    async warm(roles) {
      const own = listOf(shape("a role of this broker", (role) => sessions.has(role as Role)));
      const listed = own(roles, "roles", refuseOption) as readonly Role[];
      const known = listed.map((role) => sessions.get(role) as Session);
      return warmAll(known, limits.maxInFlight, (session) => cache.get(session, { warm: true }));
    },
    snapshot,
    close,
    [Symbol.asyncDispose]: close,
  };
  if (store !== undefined) shareMemory(broker, store, guard);
  return broker;
}
