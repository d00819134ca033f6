import { MAX_SESSION_MS } from "../model/max-session.ts";
import { createHash } from "node:crypto";
import type { Revocation } from "./store.ts";
import { AHEAD_MS } from "./store-answer.ts";
import { canonicalJson } from "../spec/canonical-key.ts";

/** The revocations that this process knows. */
export interface Revocations {
  /** Merges in revocations. */
  learn(revocations: readonly Revocation[]): void;
  /** Learns a revocation of this process's own, before a store is told. */
  make(revocation: Revocation): void;
  /** A store has the revocation that this process made, as the one in force. */
  confirm(inForce: Revocation): void;
  /** The epoch of the latest revocation of each subject; 0 without one. */
  epochs(subjects: readonly string[]): readonly number[];
  /** Whether a subject was revoked after the session's fetch began, or with an `issuedBefore` after its issue. */
  isVoid(
    subjects: readonly string[],
    session: { readonly epochs: readonly number[]; readonly issuedAt: number },
  ): boolean;
  all(): Iterable<Revocation>;
}

/** Epochs of one subject that are remembered: each revocation has at most two, and counts as late for an hour. */
const MAX_SEEN = 50_000;
const FORGET_MS = 60_000;

/** @param learned called after new revocations were learned, wherever they came from. */
export function createRevocations(now: () => number, learned: () => void = () => undefined): Revocations {
  const bySubject = new Map<string, Revocation & { readonly seen: Set<number> }>();
  /** Subjects whose latest revocation was made here and is not in a store yet. */
  const unconfirmed = new Set<string>();

  let forgotAt = -Infinity;
  const forget = (): void => {
    // Looking at each one for each one would take a minute for 50,000.
    if (Math.abs(now() - forgotAt) < FORGET_MS) return;
    forgotAt = now();
    const oldest = now() - MAX_SESSION_MS;
    for (const [subject, { epoch, issuedBefore }] of bySubject) {
      if (epoch < oldest && issuedBefore < oldest) bySubject.delete(subject);
    }
  };

  /** Returns whether it was new. */
  const merge = (revocation: Revocation): boolean => {
    const known = bySubject.get(revocation.subject);
    // An epoch below the known one that was not seen before: a process revoked that did not know ours, since its clock is
    // behind and the store was flushed. It is the latest revocation all the same. One that is further below than clocks
    // are apart is an earlier revocation, put back into the store.
    const { seen = new Set<number>() } = known ?? {};
    const behindMs = (known?.epoch ?? 0) - revocation.epoch;
    const isLate = revocation.epoch > 0 && behindMs > 0 && behindMs < AHEAD_MS && !seen.has(revocation.epoch);
    // An epoch that this process did not know when it revoked: ours is the later revocation all the same.
    const isOvertaken = revocation.epoch >= (known?.epoch ?? 0) && unconfirmed.delete(revocation.subject);
    const latest = Math.max(known?.epoch ?? 0, revocation.epoch);
    const epoch = isLate || isOvertaken ? latest + 1 : latest;
    const issuedBefore = Math.max(known?.issuedBefore ?? 0, revocation.issuedBefore);
    if (known !== undefined && known.epoch === epoch && known.issuedBefore === issuedBefore) return false;
    forget();
    const { subject } = revocation;
    seen.add(revocation.epoch).add(epoch);
    for (const one of seen) {
      if (epoch - one < AHEAD_MS && seen.size <= MAX_SEEN) break;
      seen.delete(one);
    }
    bySubject.set(subject, { subject, epoch, issuedBefore, seen });
    return true;
  };

  const learn = (revocations: readonly Revocation[]): void => {
    if (revocations.filter(merge).length > 0) learned();
  };

  return {
    learn,
    make(revocation) {
      unconfirmed.delete(revocation.subject);
      learn([revocation]);
      if (revocation.epoch > 0) unconfirmed.add(revocation.subject);
    },
    confirm(inForce) {
      unconfirmed.delete(inForce.subject);
      learn([inForce]);
    },
    epochs: (subjects) => subjects.map((subject) => bySubject.get(subject)?.epoch ?? 0),
    isVoid(subjects, { epochs, issuedAt }) {
      return subjects.some((subject, index) => {
        const revocation = bySubject.get(subject);
        if (revocation === undefined) return false;
        return (epochs[index] ?? 0) < revocation.epoch || issuedAt < revocation.issuedBefore;
      });
    },
    all: () => [...bySubject.values()].map(({ subject, epoch, issuedBefore }) => ({ subject, epoch, issuedBefore })),
  };
}

/** The subject of a revocation: a role, a tenant, an issuer, or everything. Hashed, so that stores contain no ARNs. */
export function revocationSubject(
  roleArn: string | undefined,
  tenant: string | undefined,
  issuer: string | undefined,
): string {
  return createHash("sha256")
    .update(canonicalJson([roleArn ?? null, tenant ?? null, ...(issuer === undefined ? [] : [issuer])]))
    .digest("hex");
}

/** All subjects of revocations that match a session. */
export function revocationSubjects(
  roleArn: string | undefined,
  tenant: string | undefined,
  issuer: string | undefined,
): readonly string[] {
  const roles = roleArn === undefined ? [undefined] : [undefined, roleArn];
  const tenants = tenant === undefined ? [undefined] : [undefined, tenant];
  const issuers = issuer === undefined ? [undefined] : [undefined, issuer];
  return issuers.flatMap((by) => roles.flatMap((role) => tenants.map((one) => revocationSubject(role, one, by))));
}
