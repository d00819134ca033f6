import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** The connections of one or several listeners, of which there is a limited number at a time. */
export interface Connections {
  /** Counts a connection until it ends, or closes it at once when there are too many. */
  admit(socket: Socket): void;
  readonly open: () => number;
  /** How many were closed at once so far. */
  readonly refused: () => number;
}

/** Makes the count of a group of listeners. */
export function createConnections(max: number): Connections {
  let open = 0;
  let refused = 0;
  return {
    admit(socket) {
      if (open >= max) {
        refused += 1;
        socket.destroy();
        return;
      }
      open += 1;
      socket.once("close", () => (open -= 1));
    },
    open: () => open,
    refused: () => refused,
  };
}

/** Files that a daemon needs beside connections: its own, logs, STS, the store, identity providers. */
const RESERVE = 32;
/** An idle connection takes about 8 KiB, so that these take 160 MiB. */
const MAX_CALLERS = 20_000;
const MAX_OPERATORS = 1_000;

/** The most connections of callers and of operators. */
export interface ConnectionLimits {
  readonly callers: number;
  readonly operators: number;
}

/**
 * The limits for a number of files that the process may open: three quarters for callers and one eighth for operators. So a
 * flood of connections of callers leaves room for probes, STS and the store, and a flood at the operators' listener leaves
 * room for callers.
 */
export function connectionLimits(files: number): ConnectionLimits {
  const room = Math.max(8, files - RESERVE);
  return {
    callers: Math.min(MAX_CALLERS, Math.floor((room * 3) / 4)),
    operators: Math.min(MAX_OPERATORS, Math.ceil(room / 8)),
  };
}

/** The number of files that this process may open: what Linux says, elsewhere a number that systems allow by default. */
export function openFilesLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/mu.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    if (soft !== undefined) return soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    // Not Linux.
  }
  return 10_240;
}
