import type { CountersignEvent } from "@countersign/signer";
import type { BoundedLines } from "./bounded-lines.ts";

/** The audit trail of a server: a JSON object a line. */
export interface AuditLog<Entry extends object> {
  readonly write: (entry: Entry) => void;
  /** Writes the counts that are still open. */
  readonly close: () => void;
}

/** Refusals of one kind that are written in a minute; further ones are counted, so that a flood fills no disk. */
const MAX_REFUSALS = 60;
const MINUTE_MS = 60_000;

interface Refusals {
  readonly kind: Readonly<Record<string, string>>;
  readonly since: number;
  written: number;
  counted: number;
}

/**
 * Makes the log.
 *
 * @param kindOf what identifies the kind of a refusal; `undefined` for entries that are always written.
 */
export function createAuditLog<Entry extends object>(
  lines: Pick<BoundedLines, "write">,
  now: () => number,
  kindOf: (entry: Entry) => Refusals["kind"] | undefined,
): AuditLog<Entry> {
  const refusals = new Map<string, Refusals>();
  const line = (content: object): void => lines.write(`${JSON.stringify(content)}\n`);

  /** Writes how many refusals of a minute that has passed were only counted. */
  function settle(key: string, { kind, counted, since }: Refusals): void {
    refusals.delete(key);
    if (counted > 0) line({ ...kind, name: `${kind["name"]}.more`, count: counted, since, time: now() });
  }

  return {
    write(entry) {
      const kind = kindOf(entry);
      if (kind === undefined) return line(entry);
      const key = JSON.stringify(kind);
      let of = refusals.get(key);
      if (of !== undefined && now() - of.since >= MINUTE_MS) {
        settle(key, of);
        of = undefined;
      }
      if (of === undefined) refusals.set(key, (of = { kind, since: now(), written: 0, counted: 0 }));
      if (of.written >= MAX_REFUSALS) {
        of.counted += 1;
        return;
      }
      of.written += 1;
      line(entry);
    },
    close() {
      for (const [key, of] of refusals) settle(key, of);
    },
  };
}

/** The kind of a refused vend: its grant and code. */
export function refusedVend(event: CountersignEvent): Readonly<Record<string, string>> | undefined {
  return event.name === "vend.denied" ? { name: event.name, grant: event.grant, code: event.code } : undefined;
}
