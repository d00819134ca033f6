import type { SteppedAws } from "./stepped-clock.ts";
import { type FleetMember, startMember } from "../fleet.ts";
import type { LoadedMemberConfig, LoadedMemberJob } from "./member.ts";

/** One life of a process: from its start to its kill. */
export interface Life {
  readonly name: string;
  readonly member: FleetMember<LoadedMemberJob>;
  /** Real time from which it has been running without a stop. */
  runningSince: number;
  endedAt: number;
  /** How far its wall clock was from the true time, from which real time on. */
  readonly wall: { readonly offsetMs: number; readonly at: number }[];
  /** The access keys that it served last, by spec. */
  readonly cached: Map<number, string>;
}

/** The processes that run: each has one life at a time. */
export interface Lives {
  readonly all: readonly Life[];
  /** Puts every process under load. */
  load(): Promise<void>;
  /** Sets the wall clock of the life that a process has now. */
  jump(life: Life, ms: number): Promise<void>;
  /** Kills a process without a word and starts it again, under load. */
  replace(index: number): Promise<void>;
}

/** Each process is asked once in so many milliseconds. */
const LOAD_MS = 10;

export type SharedConfig = Omit<LoadedMemberConfig, "client">;

/** What all processes know of the local AWS. */
export const accessTo = (aws: SteppedAws): Pick<SharedConfig, "region" | "sts" | "ca" | "credentials"> => ({
  region: aws.region,
  sts: aws.url.sts,
  ca: aws.ca,
  credentials: aws.user,
});

export async function startLives(file: string, count: number, config: SharedConfig): Promise<Lives> {
  const start = async (index: number): Promise<Life> => ({
    name: `process ${index + 1}`,
    member: await startMember<LoadedMemberJob>(
      file,
      { ...config, client: index % 2 === 0 ? "iovalkey" : "@redis/client" } satisfies LoadedMemberConfig,
      ["--expose-gc"],
    ),
    runningSince: Date.now(),
    endedAt: Infinity,
    wall: [{ offsetMs: 0, at: -Infinity }],
    cached: new Map(),
  });
  const load = async ({ member }: Life): Promise<unknown> => member.run({ do: "load", everyMs: LOAD_MS });
  const all = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  return {
    all,
    load: async () => void (await Promise.all(all.map(load))),
    async jump({ wall, member }, ms) {
      wall.push({ offsetMs: (wall.at(-1)?.offsetMs ?? 0) + ms, at: Date.now() });
      await member.run({ do: "jump", ms }).catch(() => undefined);
    },
    async replace(index) {
      const old = all[index] as Life;
      old.endedAt = Date.now();
      await old.member.kill();
      const life = await start(index);
      all[index] = life;
      await load(life);
    },
  };
}
