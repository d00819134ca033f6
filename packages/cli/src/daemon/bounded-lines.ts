import { withoutCommands } from "../visible.ts";
import type { LineSink } from "./line-sink.ts";

/** Lines of JSON to a sink whose reader or disk may fail. */
export interface BoundedLines {
  /** Never throws: a reader that is slow or gone must not stop the daemon. */
  readonly write: (line: string) => void;
  /** How many lines were dropped or lost so far. */
  readonly lost: () => number;
}

/** The most bytes that wait for the reader. Beyond it lines are dropped, so that a stalled reader costs 1 MiB. */
const MAX_BACKLOG = 1 << 20;
/** A fault that comes and goes is told once in this time. */
const ALARM_MS = 60_000;

/**
 * Drops lines while nothing can be written, and counts them.
 *
 * @param counted makes the line that tells how many were lost, once writing is possible again.
 * @param alarm told that lines are being lost, and why.
 */
export function boundedLines(
  sink: Pick<LineSink, "write" | "backlog" | "lost" | "fault">,
  counted: (lost: number) => string,
  alarm: (fault: string) => void,
): BoundedLines {
  let dropped = 0;
  let told = 0;
  let alarmedAt = -Infinity;
  const lost = (): number => dropped + sink.lost();

  function warn(): void {
    if (performance.now() - alarmedAt < ALARM_MS) return;
    alarmedAt = performance.now();
    alarm(sink.fault());
  }

  return {
    lost,
    write(line) {
      if (sink.backlog() > MAX_BACKLOG) {
        dropped += 1;
        return warn();
      }
      const missing = lost() - told;
      if (missing > 0) {
        told += missing;
        warn();
        sink.write(counted(missing));
      }
      sink.write(withoutCommands(line));
    },
  };
}
