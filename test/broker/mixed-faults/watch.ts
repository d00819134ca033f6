import { setTimeout } from "node:timers/promises";
import type { Lives } from "./lives.ts";
import type { Memory } from "./memory.ts";
import type { Report } from "./member.ts";
import type { Oracle, Span } from "./oracle.ts";
import type { Owners } from "./owners.ts";
import { ownerOf, type sessionSpecs } from "./sessions.ts";

export interface WatchPorts {
  readonly lives: Lives;
  readonly specs: ReturnType<typeof sessionSpecs>;
  readonly oracle: Oracle;
  readonly owners: Owners;
  readonly memory: Memory;
  /** Counts what the brokers tell, by name. */
  readonly events: Record<string, number>;
  /** Receive when this machine was busy. */
  readonly busy: readonly Span[][];
}

/** Brings what the processes report to those who judge it. */
export interface Watch {
  /** Collects one report of each process. */
  collect(withMemory: boolean): Promise<void>;
  /** Ends the watch after its last round. */
  stop(): Promise<void>;
}

const EVERY_MS = 200;
/** Reports with memory, which need a garbage collection, are one in so many. */
const MEMORY_EVERY = 10;
/**
 * A timer that is this late shows that other programs keep the machine busy. The local AWS may be late as well, and a process
 * may wait for longer than the 150 ms after which it leaves the store alone.
 */
const BUSY_MS = 120;

export function startWatch({ lives, specs, oracle, owners, memory, events, busy }: WatchPorts): Watch {
  const state = { isOn: true };

  async function report(index: number, withMemory: boolean): Promise<void> {
    const life = lives.all[index];
    if (life === undefined) return;
    const got = (await life.member.run({ do: "report", memory: withMemory }).catch(() => undefined)) as
      | Report
      | undefined;
    if (got === undefined) return;
    oracle.judge(life, got);
    for (const { spec, credentials } of got.sessions) {
      const owner = ownerOf(specs[spec] as (typeof specs)[number]);
      owners.verify(credentials, (arn) => {
        if (!arn.endsWith(owner)) oracle.complain(`${life.name} got a session of ${arn} instead of ${owner}`);
      });
    }
    for (const [name, count] of Object.entries(got.events)) events[name] = (events[name] ?? 0) + count;
    if (got.memory !== undefined) memory.add(life.name, got.memory);
  }

  async function attend(): Promise<void> {
    while (state.isOn) {
      const from = Date.now();
      await setTimeout(20);
      const to = Date.now();
      if (to - from > BUSY_MS) for (const spans of busy) spans.push({ kind: "this machine is busy", from, to });
    }
  }

  async function watch(): Promise<void> {
    for (let round = 0; state.isOn; round++) {
      await setTimeout(EVERY_MS);
      // A paused process answers later.
      const reports = lives.all.map((_, index) => report(index, round % MEMORY_EVERY === 0));
      await Promise.all(reports.map((one) => Promise.race([one, setTimeout(1000)])));
    }
  }

  const ended = Promise.all([watch(), attend()]);
  return {
    collect: async (withMemory) => void (await Promise.all(lives.all.map((_, index) => report(index, withMemory)))),
    async stop() {
      state.isOn = false;
      await ended;
    },
  };
}
