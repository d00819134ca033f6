import type { CountersignEvent } from "@countersign/signer";
import type { Io } from "../io.ts";

/** The audit trail of the daemon: a JSON object a line on stdout. */
export interface AuditLog {
  readonly write: (event: CountersignEvent) => void;
  /** Writes the counts that are still open. */
  readonly close: () => void;
}

/** The most bytes that wait for the reader of stdout. Beyond it lines are dropped, so that a stalled reader costs 1 MiB. */
const MAX_BACKLOG = 1 << 20;
/** Refusals of one grant and code that are written in a minute; further ones are counted, so that a flood fills no disk. */
const MAX_REFUSALS = 60;
const MINUTE_MS = 60_000;

interface Refusals {
  readonly since: number;
  written: number;
  counted: number;
}

/** Makes the log. It never throws: a reader that is slow or gone must not stop the daemon. */
export function createAuditLog(io: Pick<Io, "stdout" | "stderr" | "backlog">, now: () => number): AuditLog {
  const refusals = new Map<string, Refusals>();
  let dropped = 0;
  let isWarned = false;

  function line(content: object): void {
    if ((io.backlog?.() ?? 0) > MAX_BACKLOG) {
      dropped += 1;
      if (!isWarned) io.stderr("audit: the reader of stdout is slow or gone; lines are dropped and counted\n");
      isWarned = true;
      return;
    }
    if (dropped > 0) {
      io.stdout(`${JSON.stringify({ name: "audit.dropped", count: dropped, time: now() })}\n`);
      dropped = 0;
      isWarned = false;
    }
    io.stdout(`${JSON.stringify(content)}\n`);
  }

  /** Writes how many refusals of a minute that has passed were only counted. */
  function settle(key: string, { counted, since }: Refusals): void {
    refusals.delete(key);
    const [grant, code] = key.split(" ");
    if (counted > 0) line({ name: "vend.denied.more", grant, code, count: counted, since, time: now() });
  }

  return {
    write(event) {
      if (event.name !== "vend.denied") return line(event);
      const key = `${event.grant} ${event.code}`;
      let of = refusals.get(key);
      if (of !== undefined && now() - of.since >= MINUTE_MS) {
        settle(key, of);
        of = undefined;
      }
      if (of === undefined) refusals.set(key, (of = { since: now(), written: 0, counted: 0 }));
      if (of.written >= MAX_REFUSALS) {
        of.counted += 1;
        return;
      }
      of.written += 1;
      line(event);
    },
    close() {
      for (const [key, of] of refusals) settle(key, of);
      if (dropped > 0) io.stderr(`audit: ${dropped} lines were dropped\n`);
    },
  };
}
