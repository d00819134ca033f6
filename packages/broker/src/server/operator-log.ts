import type { CountersignEvent, EventListener } from "@countersign/signer";

/** Levels of lines for the operator. */
type Level = "error" | "warn" | "info";

const LEVELS: Readonly<Partial<Record<CountersignEvent["name"], Level>>> = {
  "source.rejected": "error",
  "source.accepted": "info",
  "store.open": "error",
  "store.close": "info",
  "store.alarm": "warn",
};

/**
 * Makes the broker's `onEvent` for a log: one line of JSON for each event that an operator must act on. It contains key
 * ids, Regions, codes and reasons, and no secrets.
 *
 * @param write receives a line with its end.
 */
export function createOperatorLog(write: (line: string) => void): EventListener {
  return (event) => {
    const level = LEVELS[event.name];
    if (level === undefined) return;
    const { name, at, ...fields } = event;
    write(`${JSON.stringify({ level, time: new Date(at).toISOString(), event: name, ...fields })}\n`);
  };
}
