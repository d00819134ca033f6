import type { CountersignEvent, EventListener } from "@countersign/signer";
import { checkOptions, oneOf, optional, callable } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";

/** Levels of lines for the operator. */
export type LogLevel = "error" | "warn" | "info";

/** Settings of `createOperatorLog`. */
export interface OperatorLogOptions {
  /** Lines of this level and of more urgent ones are written. Default `info`. */
  readonly level?: LogLevel | undefined;
}

/** The broker's `onEvent` for a log, and a way to write lines of the program's own. */
export type OperatorLog = EventListener & {
  note(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void;
};

const URGENCY: readonly LogLevel[] = ["error", "warn", "info"];

const LEVELS: Readonly<Partial<Record<CountersignEvent["name"], LogLevel>>> = {
  "source.rejected": "error",
  "source.accepted": "info",
  "issuer.failed": "error",
  "issuer.recovered": "info",
  "store.open": "error",
  "store.close": "info",
  "store.alarm": "warn",
  "credentials.refresh.fail": "warn",
  "credentials.clamped": "info",
  "clock.skew": "warn",
  "tls.refused": "error",
};

/** Lines of one event and code in a minute: during an outage each user's renewal fails every few seconds. */
const MAX_LINES = 60;
const MINUTE_MS = 60_000;
/** Codes can come from another program, such as the store's server. */
const MAX_KINDS = 1_000;

interface Kind {
  readonly level: LogLevel;
  readonly name: string;
  readonly code: string | undefined;
  readonly since: number;
  written: number;
  more: number;
}

/**
 * Makes the broker's `onEvent` for a log: one line of JSON for each event that an operator must act on. It contains key
 * ids, Regions, codes and reasons, and no secrets. Of one event and code it writes 60 lines a minute, and then a line
 * `NAME.more` with the count of the rest.
 *
 * @param write receives a line with its end.
 */
export function createOperatorLog(write: (line: string) => void, options?: OperatorLogOptions): OperatorLog {
  callable(write, "write", refuseOption);
  const { level: least = "info" } = checkOptions(
    options,
    { level: optional(oneOf("error", "warn", "info")) },
    refuseOption,
  );

  function line(level: LogLevel, at: number, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (URGENCY.indexOf(level) > URGENCY.indexOf(least)) return;
    write(`${JSON.stringify({ level, time: new Date(at).toISOString(), event, ...fields })}\n`);
  }

  const kinds = new Map<string, Kind>();

  /** Ends the minutes that have passed, and tells how many lines they left out. */
  function settle(now: number): void {
    for (const [key, { level, name, code, since, more }] of kinds) {
      // A clock that was set back ends them as well.
      if (now - since < MINUTE_MS && now >= since) continue;
      kinds.delete(key);
      if (more === 0) continue;
      const fields = { ...(code !== undefined && { code }), count: more, since: new Date(since).toISOString() };
      line(level, now, `${name}.more`, fields);
    }
  }

  function mayWrite({ name, at, ...fields }: CountersignEvent, level: LogLevel): boolean {
    settle(at);
    const code = "code" in fields ? fields.code : undefined;
    const key = kinds.size < MAX_KINDS ? `${name} ${code}` : name;
    const kind = kinds.get(key) ?? { level, name, code, since: at, written: 0, more: 0 };
    kinds.set(key, kind);
    if (kind.written >= MAX_LINES) kind.more += 1;
    else kind.written += 1;
    return kind.more === 0;
  }

  return Object.assign(
    (event: CountersignEvent) => {
      const level = LEVELS[event.name];
      if (level === undefined || !mayWrite(event, level)) return;
      const { name, at, ...fields } = event;
      line(level, at, name, fields);
    },
    {
      note: (level: LogLevel, event: string, fields: Readonly<Record<string, unknown>> = {}) =>
        line(level, Date.now(), event, fields),
    },
  );
}
