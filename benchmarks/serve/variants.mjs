import { readFileSync } from "node:fs";
import { median } from "../lib/statistics.mjs";
import { createClient } from "../testing/client.mjs";
import { createClients } from "./clients.mjs";
import { createPlace } from "./start.mjs";

const USERS = 100;
const IN_FLIGHT = 16;
const MIN_VENDS = 4000;
const SAMPLES = 30;

/** A local AWS, `processes` servers, and clients that have tokens; no server has been asked yet. */
async function opened(kind, { users = USERS, connections = IN_FLIGHT, processes = 1 } = {}) {
  const place = await createPlace();
  const servers = [];
  for (let index = 0; index < processes; index += 1) servers.push(await place.start(kind));
  const tokens = await Promise.all(Array.from({ length: users }, (_, index) => place.token(`user-${index}`)));
  const clients = createClients(servers, tokens, connections);
  const close = async () => {
    await clients.close();
    await place.close();
  };
  const sum = (read) => servers.reduce((total, server) => total + server[read](), 0);
  return { clients, place, cpu: () => sum("cpu"), awsCpu: place.awsCpu, memory: () => sum("memory"), close };
}

/** Whom AWS takes a vended session for. */
async function identityOf(text, { AWS_ENDPOINT_URL: url, NODE_EXTRA_CA_CERTS: caFile }) {
  const { accessKeyId, secretAccessKey, sessionToken, ...rest } = JSON.parse(text);
  const client = await createClient({
    url,
    settings: async () => ({
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      ca: readFileSync(caFile, "utf8"),
    }),
  });
  const answer = await client.sts({ Action: "GetCallerIdentity" });
  client.close();
  return [Object.keys(rest).join(), /<Arn>([^<]+)<\/Arn>/.exec(answer)?.[1]].join(" ");
}

/** The load that `processes` servers take with sessions cached: CPU time of a vend, vends a second, times, memory. */
export function vends(kind, processes = 1) {
  return async () => ({
    async output() {
      const { clients, place, close } = await opened(kind, { users: 1 });
      const identity = await identityOf(await clients.vend(0), place.environment);
      await close();
      return identity;
    },
    async measure(budgetMs) {
      const { clients, cpu, memory, close } = await opened(kind, { processes });
      const load = { inFlight: IN_FLIGHT * processes };
      await clients.all();
      await clients.run({ ...load, count: MIN_VENDS, ms: budgetMs });
      const before = cpu();
      const from = performance.now();
      const took = await clients.run({ ...load, count: MIN_VENDS, ms: budgetMs * 4 });
      const seconds = (performance.now() - from) / 1e3;
      const ns = (cpu() - before) / took.length;
      const at = (share) => took[Math.floor(took.length * share)] * 1e6;
      const result = { ns, perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99), memoryMiB: memory() };
      await close();
      return { ...result, count: took.length };
    },
  });
}

/** Vends for each millisecond of the budget: `--only memory --budget 10000` makes a million. */
export const VENDS_PER_MS = 100;

/** Memory during many vends: `growth` is the last third's median by the middle third's. */
export function memoryOverVends(kind) {
  return async () => ({
    async measure(budgetMs) {
      const { clients, memory, close } = await opened(kind);
      const count = budgetMs * VENDS_PER_MS;
      await clients.all();
      const samples = [];
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        await clients.run({ inFlight: IN_FLIGHT, count: Math.ceil(count / SAMPLES) });
        samples.push(memory());
      }
      await close();
      const third = SAMPLES / 3;
      const [, middle, last] = [0, 1, 2].map((index) => median(samples.slice(index * third, (index + 1) * third)));
      return { ns: Math.max(...samples), unit: "MiB", growth: last / middle, vends: count, samples };
    },
  });
}

/** From cold until all users of one grant have credentials, when all ask at once: time, and CPU time of the server. */
export function coldUsers(kind, users) {
  return async () => ({
    async measure() {
      const { clients, cpu, awsCpu, close } = await opened(kind, { users, connections: users });
      const before = { server: cpu(), aws: awsCpu(), clients: process.cpuUsage() };
      const from = performance.now();
      const answers = await clients.all();
      const ns = (performance.now() - from) * 1e6;
      const own = process.cpuUsage(before.clients);
      const cpuNs = cpu() - before.server;
      // What this machine had to do in all: on two cores it takes at least half as long.
      const allCpuSeconds = (cpuNs + awsCpu() - before.aws) / 1e9 + (own.user + own.system) / 1e6;
      await close();
      const sessions = new Set(answers.map((text) => JSON.parse(text).accessKeyId)).size;
      if (sessions !== users) throw new Error(`${users} users got ${sessions} sessions`);
      return { ns, seconds: ns / 1e9, cpuNs, allCpuSeconds, retries: clients.retries() };
    },
  });
}
