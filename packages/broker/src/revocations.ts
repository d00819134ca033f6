import { createHash } from "node:crypto";
import type { Revocation } from "./store.ts";

/** Revocations in force. */
export interface Revocations {
  /** Merges in what somebody revoked; tells whether anything is new. */
  learn(revocation: Revocation): boolean;
  /** The latest revocation that names one of the subjects; 0: none. */
  epoch(subjects: readonly string[]): number;
  /** Whether a session fetched under `epoch` and issued at `issuedAt` is void. */
  isVoid(subjects: readonly string[], session: { readonly epoch: number; readonly issuedAt: number }): boolean;
  all(): Iterable<Revocation>;
}

/** The longest that any session lives: 36 hours, of `GetSessionToken`. Older revocations have nothing left to hit. */
const LONGEST_SESSION_MS = 36 * 60 * 60 * 1000;

export function createRevocations(now: () => number): Revocations {
  const bySubject = new Map<string, Revocation>();

  const forget = (): void => {
    const oldest = now() - LONGEST_SESSION_MS;
    for (const [subject, { epoch, issuedBefore }] of bySubject) {
      if (epoch < oldest && issuedBefore < oldest) bySubject.delete(subject);
    }
  };

  return {
    learn(revocation) {
      const known = bySubject.get(revocation.subject);
      const epoch = Math.max(known?.epoch ?? 0, revocation.epoch);
      const issuedBefore = Math.max(known?.issuedBefore ?? 0, revocation.issuedBefore);
      if (known !== undefined && known.epoch === epoch && known.issuedBefore === issuedBefore) return false;
      forget();
      bySubject.set(revocation.subject, { subject: revocation.subject, epoch, issuedBefore });
      return true;
    },
    epoch(subjects) {
      let latest = 0;
      for (const subject of subjects) latest = Math.max(latest, bySubject.get(subject)?.epoch ?? 0);
      return latest;
    },
    isVoid(subjects, { epoch, issuedAt }) {
      return subjects.some((subject) => {
        const revocation = bySubject.get(subject);
        return revocation !== undefined && (epoch < revocation.epoch || issuedAt < revocation.issuedBefore);
      });
    },
    all: () => bySubject.values(),
  };
}

/** The subject of a revocation: a role, a tenant, both, or everything. Hashed, since stores need not read ARNs. */
export function revocationSubject(roleArn: string | undefined, tenant: string | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify([roleArn ?? null, tenant ?? null]))
    .digest("hex");
}

/** Every subject under which a session can be revoked. */
export function revocationSubjects(roleArn: string | undefined, tenant: string | undefined): readonly string[] {
  const roles = roleArn === undefined ? [undefined] : [undefined, roleArn];
  const tenants = tenant === undefined ? [undefined] : [undefined, tenant];
  return roles.flatMap((role) => tenants.map((one) => revocationSubject(role, one)));
}
