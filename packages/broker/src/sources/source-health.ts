import type { Emit } from "@countersign/signer";
import type { Session } from "../model/session.ts";

/** Whether STS accepts the broker's own credentials. */
export interface SourceHealth {
  /** STS rejected them, also after their renewal. */
  rejected(report: SourceRejection): void;
  /** STS accepted them. */
  accepted(accessKeyId: string): void;
  readonly rejection: (SourceRejection & { readonly at: Date }) | undefined;
}

export interface SourceRejection {
  readonly accessKeyId: string;
  readonly region: string;
  readonly code: string;
  /** What STS said, without secrets. */
  readonly reason: string;
  /** The session that could not be fetched: fetching it again shows whether the credentials work. */
  readonly session: Session;
}

/** The state is reported again after this time, so that a log which starts later has it too. */
const REPEAT_MS = 60_000;

export function createSourceHealth(clock: { now(): number; monotonic(): number }, emit: Emit): SourceHealth {
  let rejection: SourceHealth["rejection"];
  let reportedAt = -Infinity;
  return {
    rejected(report) {
      const isNew = rejection?.accessKeyId !== report.accessKeyId || rejection.code !== report.code;
      rejection = { ...report, at: isNew || rejection === undefined ? new Date(clock.now()) : rejection.at };
      const time = clock.monotonic();
      if (!isNew && time - reportedAt < REPEAT_MS) return;
      reportedAt = time;
      const { accessKeyId, region, code, reason } = report;
      emit("source.rejected", () => ({ accessKeyId, region, code, reason }));
    },
    accepted(accessKeyId) {
      if (rejection === undefined) return;
      rejection = undefined;
      reportedAt = -Infinity;
      emit("source.accepted", () => ({ accessKeyId }));
    },
    get rejection() {
      return rejection;
    },
  };
}
