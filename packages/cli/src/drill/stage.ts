import { type BrokerSnapshot, createBroker, type SharedStore } from "@countersign/broker";
import { createVendingApp, type VendingApp } from "@countersign/broker/server";
import type { Clock, CountersignEvent } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { DRILL_HOST, DRILL_TOKEN, type Plan } from "./plan.ts";

/** What the callers of all grants saw at one time. */
export interface Seen {
  readonly atMs: number;
  /** Status by grant. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly ready: boolean;
}

/** One process with a broker. */
export interface Process {
  /** Asks for every grant at once, and records what was seen. */
  ask(): Promise<Seen>;
  readonly snapshot: () => BrokerSnapshot;
}

/** A local AWS and the processes that use it, on a clock that drills move. */
export interface Stage {
  readonly aws: Aws;
  readonly plan: Plan;
  readonly seen: readonly Seen[];
  readonly events: readonly CountersignEvent[];
  start(options?: ProcessOptions): Process;
  /** Lets time pass, and asks at each step. */
  pass(process: Process, ms: number, stepMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface ProcessOptions {
  readonly store?: SharedStore;
  readonly clock?: Clock;
  /** The URL of STS in a Region. Default: the local one. */
  readonly stsUrl?: (region: string) => string | undefined;
}

/** Time that real connections get before the clock moves. */
const REAL_MS = 20;
/** The same for the first request of a drill: on a busy machine its connections must not run into a timeout. */
const FIRST_REAL_MS = 3000;
const STEP_MS = 100;
/** Steps in which renewals may end: one that hangs by design is not waited for. */
const MAX_STEPS = 15;

export async function openStage(plan: Plan): Promise<Stage> {
  const accounts = [...new Set(plan.roleArns.map((arn) => arn.split(":")[4] ?? ""))];
  const aws = await startAws({
    accounts,
    regions: [plan.region, ...plan.failoverRegions],
    roles: plan.roleArns.map((arn) => ({ arn, trustPolicy: TRUSTS_EVERYBODY, maxSessionDuration: 3600 })),
  });
  const transport = createTransport({ ca: aws.ca, allowLoopbackHttp: true });
  const closing: (() => Promise<unknown>)[] = [];
  const seen: Seen[] = [];
  const events: CountersignEvent[] = [];
  const renewals = { running: 0 };
  const onEvent = (event: CountersignEvent): void => {
    events.push(event);
    if (event.name === "credentials.refresh.start") renewals.running += 1;
    if (event.name === "credentials.refresh.ok" || event.name === "credentials.refresh.fail") renewals.running -= 1;
  };
  const startedAt = aws.clock.monotonic();

  /** Waits for real work, and moves the clock while the work waits for time. */
  async function settle<T>(work: Promise<T>): Promise<T> {
    const state = { done: false };
    const end = (): void => void (state.done = true);
    work.then(end, end);
    for (let realMs = seen.length === 0 ? FIRST_REAL_MS : REAL_MS; ; realMs = REAL_MS) {
      await Promise.race([work.then(end, end), new Promise((resolve) => setTimeout(resolve, realMs))]);
      if (state.done) return work;
      await aws.clock.advance(STEP_MS);
    }
  }

  /** Lets renewals in the background end, before time passes that would count as theirs. @param stepMs passes in each step. */
  async function calm(stepMs: number): Promise<void> {
    for (let step = 0; step < MAX_STEPS && renewals.running > 0; step++) {
      await new Promise((resolve) => setTimeout(resolve, REAL_MS));
      await aws.clock.advance(stepMs);
    }
  }

  async function statusOf(app: VendingApp, grant: string): Promise<number> {
    const answer = await app.request(`http://${DRILL_HOST}/v1/credentials/${grant}`, {
      headers: { host: DRILL_HOST, authorization: DRILL_TOKEN },
    });
    return answer.status;
  }

  const stage: Stage = {
    aws,
    plan,
    seen,
    events,
    start({ store, clock = aws.clock, stsUrl } = {}) {
      const broker = createBroker({
        ...plan.broker,
        region: plan.region,
        failoverRegions: plan.failoverRegions,
        credentials: { id: "drill", provider: async () => aws.user },
        endpoint: (region) => ({ url: stsUrl?.(region) ?? aws.regions[region]?.sts ?? aws.url.sts }),
        transport,
        clock,
        store,
        onEvent,
      });
      const app = createVendingApp(broker, { ...plan.vending, transport, clock, onEvent });
      closing.push(() => app.drain().then(() => broker.close()));
      return {
        snapshot: () => broker.snapshot(),
        async ask() {
          const atMs = aws.clock.monotonic() - startedAt;
          const grants = Object.keys(plan.vending.grants);
          const statuses = await settle(Promise.all(grants.map((grant) => statusOf(app, grant))));
          const ready = await app.request(`http://${DRILL_HOST}/readyz`);
          const now: Seen = {
            atMs,
            statuses: Object.fromEntries(grants.map((grant, index) => [grant, statuses[index] ?? 0])),
            ready: ready.status === 200,
          };
          seen.push(now);
          await calm(0);
          return now;
        },
      };
    },
    async pass(process, ms, stepMs) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await aws.clock.advance(stepMs);
        await process.ask();
        // A renewal waits between its attempts, too.
        await calm(STEP_MS);
      }
    },
    async close() {
      // A process that hangs by design is not waited for.
      const patience = new Promise((resolve) => setTimeout(resolve, 2000).unref());
      await Promise.race([Promise.allSettled(closing.map((end) => end())), patience]);
      await transport.close();
      await aws.close();
    },
  };
  return stage;
}

const TRUSTS_EVERYBODY = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
    },
  ],
} as const;
