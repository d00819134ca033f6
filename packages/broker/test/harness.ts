import type { CountersignEvent } from "@countersign/signer";
import { createManualClock, type ManualClock } from "@countersign/testing";
import type { Broker } from "../src/model/broker.ts";
import { type BrokerOptions, resolveOptions } from "../src/broker/broker-options.ts";
import { buildBroker } from "../src/broker/build-broker.ts";
import { createSource } from "../src/sources/source.ts";
import type { StsAnswer, StsContext, StsInput, StsOperation } from "../src/sts/sts.ts";

/** One request that reached the scripted STS. */
export interface StsCall {
  readonly operation: StsOperation;
  readonly input: StsInput;
  readonly region: string;
  readonly accessKeyId: string | undefined;
  readonly at: number;
}

/** What the scripted STS does with the next request. */
export type StsStep = (call: StsCall, context: StsContext, issue: () => StsAnswer) => StsAnswer | Promise<StsAnswer>;

export interface Harness {
  readonly broker: Broker;
  readonly clock: ManualClock;
  readonly calls: StsCall[];
  readonly events: CountersignEvent[];
  /** What STS does from now on. */
  sts: StsStep;
  /** Largest number of requests for one session that were under way at once. */
  readonly maxAtOnce: () => number;
  /** Runs the broker's timers once. */
  tick(): void;
  /** How often they run by themselves, in milliseconds. */
  readonly intervals: readonly number[];
}

export const START = Date.UTC(2026, 0, 2, 3, 4, 5);
export const ROLE = "arn:aws:iam::111122223333:role/Inference";
export const SOURCE = { accessKeyId: "AKIAEXAMPLESOURCE", secretAccessKey: "source-secret" };

/** An error as the SDK's client throws it. */
export function stsError(name: string, status: number, message = `${name} says STS`): Error {
  return Object.assign(new Error(message), {
    name,
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status, requestId: "0f1e2d3c" },
    $response: { headers: {}, body: "response-secret" },
    $input: { token: "input-secret" },
  });
}

export const down: StsStep = () => {
  throw stsError("ServiceUnavailable", 503);
};

export const denied: StsStep = () => {
  throw stsError("AccessDenied", 403, "not authorized to perform: sts:AssumeRole");
};

/** A broker whose clock, chance and STS are the test's. */
export function harness(options: Partial<BrokerOptions> & { readonly random?: () => number } = {}): Harness {
  const { random = () => 0.5, ...rest } = options;
  const clock = (options.clock as ManualClock | undefined) ?? createManualClock(START);
  const calls: StsCall[] = [];
  const events: CountersignEvent[] = [];
  const timers = new Set<() => void>();
  const intervals: number[] = [];
  const running = new Map<string, number>();
  let issued = 0;
  let maxAtOnce = 0;

  const self: Harness = {
    clock,
    calls,
    events,
    maxAtOnce: () => maxAtOnce,
    intervals,
    tick: () => {
      for (const run of timers) run();
    },
    sts: (_call, _context, issue) => issue(),
    broker: buildBroker(resolveOptions({ region: "eu-west-1", onEvent: (event) => events.push(event), ...rest }), {
      clock,
      random,
      source: createSource(options.credentials ?? SOURCE, { clock }),
      every: (ms, run) => {
        intervals.push(ms);
        timers.add(run);
        return () => timers.delete(run);
      },
      release: async () => undefined,
      async sts(operation, input, context) {
        const call = {
          operation,
          input,
          region: context.region,
          accessKeyId: context.credentials?.accessKeyId,
          at: clock.now(),
        };
        calls.push(call);
        const session = JSON.stringify([operation, input]);
        running.set(session, (running.get(session) ?? 0) + 1);
        maxAtOnce = Math.max(maxAtOnce, running.get(session) as number);
        try {
          return await self.sts(call, context, () => {
            issued += 1;
            return answer(input, issued, clock);
          });
        } finally {
          running.set(session, (running.get(session) as number) - 1);
        }
      },
    }),
  };
  return self;
}

/** An answer as STS gives it: whole seconds, and a `Date` of its own. */
export function answer(
  input: StsInput,
  number: number,
  clock: ManualClock,
  seconds = input["DurationSeconds"] as number,
): StsAnswer {
  const date = new Date(Math.floor(clock.monotonic() / 1000) * 1000 + START);
  const roleArn = (input["RoleArn"] ?? ROLE) as string;
  const [, partition, , , account = "111122223333"] = roleArn.split(":");
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return {
    Credentials: {
      AccessKeyId: `ASIA${String(number).padStart(16, "0")}`,
      SecretAccessKey: `secret-of-${number}`,
      SessionToken: `token-of-${number}`,
      Expiration: new Date(date.getTime() + seconds * 1000),
    },
    AssumedRoleUser: {
      Arn: `arn:${partition}:sts::${account}:assumed-role/${role}/${(input["RoleSessionName"] as string | undefined) ?? "alice"}`,
    },
    date,
  };
}

/** Lets everything run that can run without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves time in steps until the promise has settled. */
export async function until<T>(clock: ManualClock, promise: Promise<T>, stepMs = 1000, steps = 200): Promise<T> {
  const progress = { done: false };
  const end = (): void => {
    progress.done = true;
  };
  promise.then(end, end);
  await settle();
  for (let step = 0; step < steps && !progress.done; step++) await clock.advance(stepMs);
  return promise;
}
