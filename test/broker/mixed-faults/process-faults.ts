import { setTimeout } from "node:timers/promises";
import type { SteppedAws } from "./stepped-clock.ts";
import type { Faults } from "./lanes.ts";
import type { Life, Lives } from "./lives.ts";
import type { Span } from "./oracle.ts";

export interface ProcessFaultsPorts {
  readonly aws: SteppedAws;
  readonly lives: Lives;
  /** A number from 0 to 1 by chance. */
  readonly random: () => number;
  /** The faults of STS. */
  readonly sts: readonly Span[];
  /** Receives how long others waited after the kill of a process that held a lease, in milliseconds. */
  readonly holderKills: number[];
}

const HOUR_MS = 3_600_000;

export function processFaults({ aws, lives, random, sts, holderKills }: ProcessFaultsPorts): Faults {
  const anyIndex = (from = 0): number => from + Math.floor(random() * (lives.all.length - from));
  const anyLife = (): Life => lives.all[anyIndex()] as Life;
  let holders = 0;

  /** Sets the clock of any process, and later sets it right. */
  async function setClock(ms: number): Promise<() => Promise<void>> {
    const life = anyLife();
    await lives.jump(life, ms);
    return async () => {
      if (lives.all.includes(life)) await lives.jump(life, -(life.wall.at(-1)?.offsetMs ?? 0));
    };
  }

  return {
    "process killed": async () => {
      // The first two live through all of it.
      await lives.replace(anyIndex(2));
      return () => undefined;
    },
    "process paused": async () => {
      const life = anyLife();
      life.runningSince = Infinity;
      life.member.signal("SIGSTOP");
      return () => {
        life.member.signal("SIGCONT");
        life.runningSince = Date.now();
      };
    },
    "clock ahead": async () => setClock(HOUR_MS * random()),
    "clock behind": async () => setClock(-HOUR_MS * random()),
    "lease holder killed": async () => {
      const roleArn = aws.role(`holder-${(holders += 1)}`).arn;
      const fault = aws.fault({ service: "sts", operation: "AssumeRole", kind: "delay", ms: 12_000 });
      const isAsked = (): boolean =>
        aws.calls({ operation: "AssumeRole" }).some(({ input }) => Object(input)["RoleArn"] === roleArn);
      const [other, , holder] = lives.all as readonly [Life, Life, Life];
      void holder.member.run({ do: "get", spec: { roleArn } }).catch(() => undefined);
      for (let look = 0; look < 20 && !isAsked(); look++) await setTimeout(25);
      const from = performance.now();
      const isQuiet = sts.every(({ to }) => to < Date.now());
      const killed = lives.replace(2);
      await other.member.run({ do: "get", spec: { roleArn } }).then(
        () => isQuiet && holderKills.push(performance.now() - from),
        () => undefined,
      );
      await killed;
      fault.remove();
      return () => undefined;
    },
  };
}
