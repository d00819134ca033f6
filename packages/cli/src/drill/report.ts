import { createOperatorLog } from "@countersign/broker/server";
import type { Held } from "./drills.ts";
import type { Seen, Stage } from "./stage.ts";

/** The outcome of one drill. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly held: readonly Held[];
  /** What callers saw: times with the same statuses are one entry. */
  readonly seen: readonly { readonly fromMs: number; readonly toMs: number; readonly what: string }[];
  /** Names of the operator's log lines, with how often each was written. */
  readonly log: Readonly<Record<string, number>>;
  /** Set when the drill does not apply to the configuration. */
  readonly skipped?: string;
}

export function outcomeOf(name: string, title: string, held: readonly Held[], { seen, events }: Stage): Outcome {
  const entries: { fromMs: number; toMs: number; what: string }[] = [];
  for (const one of seen) {
    const what = describe(one);
    const last = entries.at(-1);
    if (last?.what === what) last.toMs = one.atMs;
    else entries.push({ fromMs: one.atMs, toMs: one.atMs, what });
  }
  const log: Record<string, number> = {};
  const note = createOperatorLog((line) => {
    const { event, code, reason } = JSON.parse(line) as { event: string; code?: string; reason?: string };
    const label = [event, code ?? (event === "store.open" ? reason : undefined)].filter(Boolean).join(" ");
    log[label] = (log[label] ?? 0) + 1;
  });
  for (const event of events) note(event);
  return { name, title, held, seen: entries, log };
}

function describe({ statuses, ready }: Seen): string {
  const grants = Object.entries(statuses);
  const [first] = grants;
  const same = grants.every(([, status]) => status === first?.[1]);
  const answers = same ? `all grants: ${first?.[1]}` : grants.map(([name, status]) => `${name}: ${status}`).join(", ");
  return `${answers}${ready ? "" : "; not ready"}`;
}

/** The outcome as text. */
export function renderOutcome({ name, title, held, seen, log, skipped }: Outcome): string {
  const lines = [`${name}: ${title}`];
  if (skipped !== undefined) return `${lines[0]}\n  not drilled: ${skipped}\n`;
  for (const { fromMs, toMs, what } of seen) {
    lines.push(`  ${minutes(fromMs)}${toMs === fromMs ? "        " : ` - ${minutes(toMs)}`}  ${what}`);
  }
  for (const [line, count] of Object.entries(log)) lines.push(`  log: ${line}${count > 1 ? ` (${count} times)` : ""}`);
  for (const { must, holds } of held) lines.push(`  ${holds ? "holds" : "FAILS"}: ${must}`);
  return `${lines.join("\n")}\n`;
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
}
