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

/**
 * Makes the broker's `onEvent` for a log: one line of JSON for each event that an operator must act on. It contains key
 * ids, Regions, codes and reasons, and no secrets.
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

  return Object.assign(
    (event: CountersignEvent) => {
      const level = LEVELS[event.name];
      if (level === undefined) return;
      const { name, at, ...fields } = event;
      line(level, at, name, fields);
    },
    {
      note: (level: LogLevel, event: string, fields: Readonly<Record<string, unknown>> = {}) =>
        line(level, Date.now(), event, fields),
    },
  );
}
