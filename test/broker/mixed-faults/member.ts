import { type Role, type RoleSpec, valkeyStore } from "@countersign/broker";
import type { AwsCredentials, CountersignEvent } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { createClient } from "@redis/client";
import { Redis } from "iovalkey";
import { resolveOptions } from "../../../packages/broker/src/broker/broker-options.ts";
import { buildBroker } from "../../../packages/broker/src/broker/build-broker.ts";
import { createSource } from "../../../packages/broker/src/sources/source.ts";
import { createStsClient } from "../../../packages/broker/src/sts/sts-client.ts";
import { createSteppedClock, type Steps } from "./stepped-clock.ts";

/** A process with a broker that callers ask without a pause. */
export interface LoadedMemberConfig {
  readonly client: "iovalkey" | "@redis/client";
  readonly redisPath: string;
  readonly key: string;
  readonly region: string;
  readonly sts: string;
  readonly ca: string;
  readonly credentials: AwsCredentials;
  readonly steps: Steps;
  /** The sessions that callers ask for. */
  readonly specs: readonly RoleSpec[];
}

/** How a caller asked. */
export type Asking = "get" | "peek" | "min-ttl" | "forced" | "with-signal";

/** One answer. Times are real, in milliseconds since the epoch. */
export interface Answer {
  readonly spec: number;
  readonly asking: Asking;
  readonly from: number;
  readonly to: number;
  /** The access key served; absent when the call failed, or when `peek` had nothing. */
  readonly accessKeyId?: string;
  readonly expiresAt?: number;
  /** Why the call failed. */
  readonly failure?: string;
  /** How far the clocks of the process were from the true time when the call failed, in milliseconds. */
  readonly ahead?: { readonly wall: number; readonly corrected: number };
}

/** What happened since the last report. */
export interface Report {
  readonly answers: readonly Answer[];
  /** Credentials that this process served for the first time. */
  readonly sessions: readonly { readonly spec: number; readonly credentials: AwsCredentials }[];
  readonly events: Readonly<Record<string, number>>;
  /** After a garbage collection, in MiB. */
  readonly memory?: { readonly heap: number; readonly resident: number };
}

export type LoadedMemberJob =
  | { readonly do: "load"; readonly everyMs: number }
  | { readonly do: "idle" }
  | { readonly do: "report"; readonly memory: boolean }
  | { readonly do: "all" }
  | { readonly do: "get"; readonly spec: RoleSpec }
  | { readonly do: "jump"; readonly ms: number }
  | { readonly do: "revoke"; readonly roleArn: string };

const config = JSON.parse(process.argv[2] as string) as LoadedMemberConfig;
const clock = createSteppedClock(config.steps);
const ratio = 1 + config.steps.skipMs / config.steps.everyMs;

async function connect() {
  if (config.client === "iovalkey") {
    const client = new Redis({
      path: config.redisPath,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 100,
    });
    client.on("error", () => undefined);
    return client;
  }
  const client = createClient({
    socket: { path: config.redisPath, tls: false, reconnectStrategy: 100 },
    disableOfflineQueue: true,
  });
  client.on("error", () => undefined);
  client.connect().catch(() => undefined);
  return client;
}

let events: Record<string, number> = {};
const count = (event: CountersignEvent): void => {
  const detail = "code" in event ? event.code : "reason" in event ? event.reason : undefined;
  const name = detail === undefined ? event.name : `${event.name} ${detail}`;
  events[name] = (events[name] ?? 0) + 1;
};

const store = valkeyStore({
  client: await connect(),
  namespace: "mixed-faults",
  keyring: [{ id: "k", key: Buffer.from(config.key, "base64") }],
});
const transport = createTransport({ ca: config.ca, clock });
const options = resolveOptions({
  region: config.region,
  credentials: config.credentials,
  sessionName: "{tenant}.{role}",
  limits: { stsPerSecond: 1000, burst: 1000 },
  store,
  onEvent: count,
});
/** As `createBroker` does it, with intervals as fast as the clock. */
const broker = buildBroker(options, {
  clock,
  random: Math.random,
  sts: createStsClient({
    requestHandler: transport.requestHandler(),
    endpoint: () => ({ url: config.sts }),
    clock,
  }),
  source: createSource(config.credentials, { clock, onEvent: count }),
  every(ms, run) {
    const timer = setInterval(run, Math.max(50, ms / ratio));
    return () => clearInterval(timer);
  },
  release: () => transport.close(),
});
// As a server does it: a new role object for each request.
const roleOf = (spec: number): Role => broker.role(config.specs[spec] as RoleSpec);

let answers: Answer[] = [];
let sessions: { spec: number; credentials: AwsCredentials }[] = [];
let served = new Map<string, number>();
const now = (): number => performance.timeOrigin + performance.now();
const MINUTE_MS = 60_000;

/** Asks once and records the answer; returns why it failed. */
async function ask(spec: number, asking: Asking): Promise<string | undefined> {
  const from = now();
  const role = roleOf(spec);
  const ways = {
    get: () => role.get(),
    peek: async () => role.peek(),
    "min-ttl": () => role.get({ minTtlMs: 7 * MINUTE_MS }),
    forced: () => role.get({ forceRefresh: true }),
    "with-signal": () => role.get({ signal: AbortSignal.timeout(3000) }),
  };
  try {
    const credentials = await ways[asking]();
    const to = now();
    if (credentials === undefined) {
      answers.push({ spec, asking, from, to });
      return undefined;
    }
    const { accessKeyId } = credentials;
    const expiresAt = credentials.expiration.getTime();
    if (!served.has(accessKeyId)) sessions.push({ spec, credentials: credentials.expose() });
    served.set(accessKeyId, expiresAt);
    answers.push({ spec, asking, from, to, accessKeyId, expiresAt });
    return undefined;
  } catch (error) {
    const { code, name } = error as { code?: unknown; name: string };
    const failure = typeof code === "string" ? code : name;
    const trueTime = clock.trueTime();
    const ahead = { wall: clock.wall() - trueTime, corrected: clock.now() - trueTime };
    answers.push({ spec, asking, from, to: now(), failure, ahead });
    return failure;
  }
}

const ways: readonly Asking[] = ["get", "get", "get", "get", "get", "get", "peek", "min-ttl", "with-signal"];
let asked = 0;
function askNext(): void {
  asked += 1;
  const spec = Math.floor(Math.random() * config.specs.length);
  void ask(spec, asked % 500 === 0 ? "forced" : (ways[asked % ways.length] as Asking));
}

let load: ReturnType<typeof setInterval> | undefined;

async function run(job: LoadedMemberJob): Promise<unknown> {
  switch (job.do) {
    case "load":
      clearInterval(load);
      load = setInterval(askNext, job.everyMs);
      return undefined;
    case "idle":
      return clearInterval(load);
    case "report": {
      const report = { answers, sessions, events };
      [answers, sessions, events] = [[], [], {}];
      const trueTime = clock.trueTime();
      served = new Map([...served].filter(([, expiresAt]) => expiresAt > trueTime));
      if (!job.memory) return report;
      globalThis.gc?.();
      const { heapUsed, rss } = process.memoryUsage();
      return { ...report, memory: { heap: heapUsed / 2 ** 20, resident: rss / 2 ** 20 } };
    }
    case "all":
      return Promise.all(config.specs.map((_, spec) => ask(spec, "get")));
    case "get":
      return (await broker.role(job.spec).get()).accessKeyId;
    case "jump":
      return clock.jump(job.ms);
    default:
      return broker.revoke({ roleArn: job.roleArn });
  }
}

// What a member loads late would make it miss the start.
await import("@aws-sdk/client-sts");
process.on("message", ({ id, job }: { id: number; job: LoadedMemberJob }) => {
  run(job).then(
    (result) => process.connected && process.send?.({ id, result }),
    (error: { code?: string; message: string }) => process.send?.({ id, error: `${error.code}: ${error.message}` }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ id: 0 });
