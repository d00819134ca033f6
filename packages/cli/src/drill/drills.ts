import { createClock } from "@countersign/signer";
import { createSharedMemory } from "./shared-memory.ts";
import type { Plan } from "./plan.ts";
import type { Process, Seen, Stage } from "./stage.ts";

/** One fault of the guide. */
export interface Drill {
  readonly name: string;
  readonly title: string;
  /** Why it cannot be drilled with this configuration; `undefined`: it can. */
  readonly without?: (plan: Plan) => string | undefined;
  /** Injects the fault, and returns what must hold and whether it did. */
  run(stage: Stage): Promise<readonly Held[]>;
}

/** Something that must hold during a fault. */
export interface Held {
  readonly must: string;
  readonly holds: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOUR_S = 3600;

const all = (seen: Seen | undefined, status: number): boolean =>
  seen !== undefined && Object.values(seen.statuses).every((one) => one === status);

/** Whether callers of a grant were served until its session ended, and got 503 after that. */
function servedToTheEnd({ seen, plan }: Stage): boolean {
  return Object.entries(plan.vending.grants).every(([name, { durationSeconds = HOUR_S }]) =>
    seen.every(({ atMs, statuses }) => statuses[name] === 200 || atMs >= (durationSeconds - 60) * 1000),
  );
}

async function served(process: Process, stage: Stage, tries: number, stepMs: number): Promise<boolean> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (all(await process.ask(), 200)) return true;
    await stage.aws.clock.advance(stepMs);
  }
  return false;
}

export const DRILLS: readonly Drill[] = [
  {
    name: "sts-down",
    title: "STS answers 503 for 75 minutes",
    async run(stage) {
      const process = stage.start();
      await process.ask();
      const fault = stage.aws.fault({ service: "sts", kind: "status", status: 503, times: Infinity });
      await stage.pass(process, HOUR_MS + 15 * MINUTE_MS, 5 * MINUTE_MS);
      const stayedReady = stage.seen.every(({ ready }) => ready);
      const toldSo = process.snapshot().degraded;
      fault.remove();
      return [
        { must: "callers are served until the last session ends", holds: servedToTheEnd(stage) },
        { must: "the snapshot says degraded, and the server stays ready", holds: toldSo && stayedReady },
        { must: "callers are served within a minute after STS is back", holds: await served(process, stage, 12, 5000) },
      ];
    },
  },
  {
    name: "sts-hangs",
    title: "STS accepts requests and does not answer",
    async run(stage) {
      const process = stage.start();
      await process.ask();
      await stage.aws.clock.advance(HOUR_MS);
      const fault = stage.aws.fault({ service: "sts", kind: "delay", ms: 24 * HOUR_MS, times: Infinity });
      const before = stage.aws.clock.monotonic();
      const hanging = await process.ask();
      const tookMs = stage.aws.clock.monotonic() - before;
      fault.remove();
      return [
        {
          must: "callers without a session are told to come back, within two seconds",
          holds: all(hanging, 503) && tookMs <= 2000,
        },
        { must: "callers are served within a minute after STS answers", holds: await served(process, stage, 12, 5000) },
      ];
    },
  },
  {
    name: "sts-throttles",
    title: "STS throttles ten requests",
    async run(stage) {
      const process = stage.start();
      await process.ask();
      stage.aws.fault({ service: "sts", kind: "throttle", times: 10 });
      await stage.pass(process, 50 * MINUTE_MS, MINUTE_MS);
      const cached = stage.seen.every((one) => all(one, 200));
      const cold = stage.start();
      stage.aws.fault({ service: "sts", kind: "throttle", times: 4 });
      return [
        { must: "callers with a session are served all the time", holds: cached },
        { must: "callers of a new process are served within a minute", holds: await served(cold, stage, 20, 3000) },
      ];
    },
  },
  {
    name: "region-down",
    title: "STS of the first Region cannot be reached",
    without: ({ failoverRegions }) =>
      failoverRegions.length === 0 ? "the configuration has no failoverRegions" : undefined,
    async run(stage) {
      const { region } = stage.plan;
      // The discard port: nothing listens there.
      const process = stage.start({ stsUrl: (one) => (one === region ? "https://127.0.0.1:9" : undefined) });
      return [
        {
          must: "callers of a new process are served by the second Region",
          holds: await served(process, stage, 10, 1000),
        },
      ];
    },
  },
  {
    name: "trust-policy",
    title: "the trust policy of one role denies the broker",
    async run(stage) {
      const [roleArn = ""] = stage.plan.roleArns;
      const process = stage.start();
      await process.ask();
      stage.aws.role(roleArn).update({
        trustPolicy: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
        },
      });
      const cached = await process.ask();
      await stage.aws.clock.advance(HOUR_MS);
      const before = stage.aws.calls({ operation: "AssumeRole" }).length;
      const after = await process.ask();
      await process.ask();
      const calls = stage.aws.calls({ operation: "AssumeRole" }).length - before;
      const grants = Object.entries(stage.plan.vending.grants);
      return [
        { must: "cached sessions are served", holds: all(cached, 200) },
        {
          must: "then callers of this role get 403, and all others are served",
          holds: grants.every(([name, grant]) => after.statuses[name] === (grant.roleArn === roleArn ? 403 : 200)),
        },
        { must: "STS is asked once for each grant, not for each caller", holds: calls <= grants.length },
        { must: "the server stays ready", holds: after.ready },
      ];
    },
  },
  {
    name: "own-key",
    title: "the broker's own key is deleted",
    async run(stage) {
      const process = stage.start();
      await process.ask();
      stage.aws.revoke({ accessKeyId: stage.aws.user.accessKeyId });
      const cached = await process.ask();
      await stage.aws.clock.advance(HOUR_MS);
      const after = await process.ask();
      const told = stage.events.some(({ name }) => name === "source.rejected");
      return [
        { must: "cached sessions are served", holds: all(cached, 200) },
        { must: "then callers get 503, not 403: it is not their fault", holds: all(after, 503) },
        { must: "the operator's log has source.rejected, and the server is not ready", holds: told && !after.ready },
      ];
    },
  },
  {
    name: "clock",
    title: "the machine's clock is an hour slow",
    async run(stage) {
      const { clock } = stage.aws;
      const process = stage.start({
        clock: createClock({ wall: () => clock.wall() - HOUR_MS, monotonic: () => clock.monotonic() }),
      });
      return [
        { must: "callers are served after at most one refused request", holds: await served(process, stage, 3, 2000) },
      ];
    },
  },
  {
    name: "store-stalls",
    title: "the shared store accepts commands and does not answer",
    async run(stage) {
      const memory = createSharedMemory(stage.aws.clock);
      const process = stage.start({ store: memory.view(() => new Promise(() => undefined)) });
      const atFirst = await served(process, stage, 3, 1000);
      await stage.pass(process, MINUTE_MS, 10_000);
      // A process with one grant uses the store a few times an hour: five failures need a second session.
      await stage.aws.clock.advance(HOUR_MS);
      const afterAnHour = await served(process, stage, 5, 1000);
      return [
        { must: "callers are served", holds: atFirst && afterAnHour },
        { must: "the operator's log has store.open with TIMEOUT", holds: opened(stage, "TIMEOUT") },
      ];
    },
  },
  {
    name: "store-rights",
    title: "the user of the shared store lacks a command",
    async run(stage) {
      const memory = createSharedMemory(stage.aws.clock);
      const refused = new Error("NOPERM User broker has no permissions to run the 'eval' command");
      const process = stage.start({ store: memory.view(() => Promise.reject(refused)) });
      const holds = await served(process, stage, 3, 1000);
      return [
        { must: "callers are served", holds },
        { must: "the operator's log says NOPERM", holds: opened(stage, "NOPERM") || alarmed(stage, "STORE_NOPERM") },
      ];
    },
  },
  {
    name: "process-dies",
    title: "a process dies while it fetches for all",
    async run(stage) {
      const memory = createSharedMemory(stage.aws.clock);
      const life = { over: false };
      const never = new Promise<void>(() => undefined);
      const dying = stage.start({ store: memory.view(() => (life.over ? never : Promise.resolve())) });
      const grants = Object.keys(stage.plan.vending.grants).length;
      stage.aws.fault({ service: "sts", operation: "AssumeRole", kind: "delay", ms: 24 * HOUR_MS, times: grants });
      await dying.ask();
      life.over = true;
      const second = stage.start({ store: memory.view(async () => undefined) });
      const before = stage.aws.clock.monotonic();
      const holds = await served(second, stage, 8, 400);
      const tookMs = stage.aws.clock.monotonic() - before;
      return [
        {
          must: `another process serves its callers within three seconds (it took ${(tookMs / 1000).toFixed(1)} s)`,
          holds: holds && tookMs <= 3000,
        },
      ];
    },
  },
];

function opened({ events }: Stage, reason: string): boolean {
  return events.some((event) => event.name === "store.open" && event.reason === reason);
}

function alarmed({ events }: Stage, code: string): boolean {
  return events.some((event) => event.name === "store.alarm" && event.code === code);
}
