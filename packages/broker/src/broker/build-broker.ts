import { type Clock, createEmitter } from "@countersign/signer";
import { createAdmission } from "../sts/admission.ts";
import { type BrokerOptions, resolveOptions } from "./broker-options.ts";
import type { Broker, RevokeFilter } from "../model/broker.ts";
import {
  assumeRootSession,
  federationTokenSession,
  roleSession,
  samlSession,
  type SessionContext,
  sessionTokenSession,
  webIdentitySession,
} from "../spec/define-session.ts";
import { BrokerError } from "../errors/error.ts";
import { createFetch } from "../store/fetch-session.ts";
import { createKeeper, type Keeper } from "../cache/session-cache.ts";
import { createMfaPrompts } from "../sources/mfa-prompts.ts";
import { createRegionRoute } from "../sts/region-route.ts";
import { createRevocations, revocationSubject } from "../store/revocations.ts";
import { createRevocationSync, SYNC_MS } from "../store/revocation-sync.ts";
import { createSharedSessions, type SharedSessions } from "../store/shared-sessions.ts";
import { createStoreGuard } from "../store/store-guard.ts";
import { createRole } from "./create-role.ts";
import type { Role } from "../model/role.ts";
import type { Session } from "../model/session.ts";
import type { BrokerSource } from "../sources/source.ts";
import type { Sts } from "../sts/sts.ts";
import { warmAll } from "./warm-all.ts";
import { refreshPolicy } from "../cache/windows.ts";

/** What a broker reaches the world through. */
export interface BrokerPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sts: Sts;
  readonly source: BrokerSource;
  /** Calls a function again and again until the function it gives is called; keeps no process alive. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** Closes what was made for this broker. */
  readonly release: () => Promise<void>;
}

const TICK_MS = 30_000;
const SECOND_MS = 1000;

/** Puts a broker together from its parts. */
export function buildBroker(options: BrokerOptions, ports: BrokerPorts): Broker {
  const { regions, limits, graceMs, sessionName } = resolveOptions(options);
  const { clock, random, sts, source } = ports;
  const emit = createEmitter(options.onEvent, clock);
  const admission = createAdmission(limits, clock);
  const revocations = createRevocations(() => clock.now());
  const { store } = options;
  const guard = createStoreGuard(clock, emit);
  const shared = store && createSharedSessions(store, { clock, emit, guard, revocations });
  let toldUnnamed = false;
  const sharedFor = (session: Session): SharedSessions | undefined => {
    if (store?.needsSourceId !== true || session.shareable) return shared;
    if (!toldUnnamed) emit("store.alarm", () => ({ key: session.label, code: "SOURCE_UNNAMED" }));
    toldUnnamed = true;
    return undefined;
  };

  const keeper = createKeeper({
    clock,
    random,
    emit,
    policy: refreshPolicy(options.windows ?? "adaptive", random),
    graceMs,
    maxEntries: limits.maxEntries,
    fetch: createFetch({
      clock,
      random,
      emit,
      sts,
      admission,
      route: createRegionRoute(regions, clock),
      revocations,
      sharedFor,
    }),
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
      if (rejected !== undefined) keeper.invalidate(session, { accessKeyId: rejected, reason: "rejected" });
      return keeper.get(session, { background, signal });
    },
  };
  const sync =
    store &&
    createRevocationSync(
      store,
      guard,
      revocations,
      () => keeper.dropRevoked(),
      () => clock.now(),
    );
  const stopTicking = ports.every(TICK_MS, () => keeper.tick());
  const stopSyncing = sync && ports.every(SYNC_MS, () => void sync.run());

  const roleKeeper: Keeper = {
    ...keeper,
    invalidate(session, rejection) {
      const hit = keeper.invalidate(session, rejection);
      if (hit && rejection.reason === "revoked") void sharedFor(session)?.drop(session);
      return hit;
    },
  };
  const toRole = (session: Session): Role => {
    const role = createRole(session, roleKeeper);
    sessions.set(role, session);
    return role;
  };

  async function revoke({ roleArn, tenant, issuedBefore }: RevokeFilter): Promise<void> {
    const cutoff = issuedBefore?.getTime();
    if (Number.isNaN(cutoff))
      throw new BrokerError("INVALID_OPTION", "issuedBefore: expected a valid Date, or nothing");
    const subject = revocationSubject(roleArn, tenant);
    const [known = 0] = revocations.epochs([subject]);
    // STS tells the second a session was issued in. Up to now means all there are: by their fetches, not by that second.
    const all = cutoff === undefined || cutoff > clock.now() - SECOND_MS;
    const epoch = all ? Math.max(clock.now(), known + 1) : 0;
    const revocation = { subject, epoch: Math.floor(epoch), issuedBefore: all ? 0 : Math.floor(cutoff) };
    revocations.learn(revocation);
    keeper.dropRevoked();
    if (sync === undefined) return;
    const inForce = await sync.publish(revocation);
    if (inForce === undefined) {
      throw new BrokerError(
        "STORE_UNAVAILABLE",
        "revoke: in force in this process; the others are told as soon as the store answers",
      );
    }
    if (revocations.learn(inForce)) keeper.dropRevoked();
  }

  async function close(): Promise<void> {
    stopTicking();
    stopSyncing?.();
    await keeper.close();
    await ports.release();
  }

  return {
    role: (spec) => toRole(roleSession(spec, context)),
    webIdentity: (spec) => toRole(webIdentitySession(spec, context)),
    saml: (spec) => toRole(samlSession(spec)),
    sessionToken: (spec = {}) => toRole(sessionTokenSession(spec, context)),
    federationToken: (spec) => toRole(federationTokenSession(spec, context)),
    assumeRoot: (spec) => toRole(assumeRootSession(spec, context)),
    revoke,
    warm: (roles) =>
      warmAll(
        roles.map((role) => {
          const session = sessions.get(role);
          if (session === undefined) throw new BrokerError("INVALID_SPEC", "warm: expected roles made by this broker");
          return session;
        }),
        limits.maxInFlight,
        (session) => keeper.get(session, { warm: true }),
      ),
    snapshot: () => keeper.snapshot(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
