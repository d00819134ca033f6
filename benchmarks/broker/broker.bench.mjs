import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { duration } from "../lib/report.mjs";
import { median } from "../lib/statistics.mjs";
import { broker, sdkProvider } from "./contestants.mjs";
import { fleet } from "./fleet.mjs";
import { localSts, roleArn } from "./local-sts.mjs";

const CALLERS = 10_000;
const CLIENTS = 20;

async function cached() {
  const sts = localSts();
  const own = broker(sts);
  const role = own.role({ roleArn: roleArn(0) });
  await role.get();
  return { role, close: () => own.close() };
}

async function peek() {
  const { role, close } = await cached();
  return { run: () => role.peek(), output: () => role.peek().accessKeyId, close };
}

async function get() {
  const { role, close } = await cached();
  return { run: () => role.get(), output: async () => (await role.get()).accessKeyId, close };
}

async function sdkCached() {
  const provider = sdkProvider(localSts(), 0);
  await provider();
  return { run: () => provider(), output: async () => (await provider()).accessKeyId };
}

/** Ten thousand callers at once of a role that was never asked for before. */
function stampede(make) {
  return async () => {
    const sts = localSts({ latencyMs: 5 });
    const contestant = make(sts);
    let index = 0;
    const once = async () => {
      index += 1;
      const call = contestant.caller(index);
      const before = sts.calls;
      await Promise.all(Array.from({ length: CALLERS }, call));
      return sts.calls - before;
    };
    return {
      output: once,
      async measure() {
        await once();
        const samples = [];
        for (let sample = 0; sample < 7; sample++) {
          const started = process.hrtime.bigint();
          await once();
          samples.push(Number(process.hrtime.bigint() - started));
        }
        return { ns: median(samples) };
      },
      close: () => contestant.close?.(),
    };
  };
}

const brokerCaller = (sts) => {
  const own = broker(sts);
  return {
    caller: (index) => {
      const role = own.role({ roleArn: roleArn(index) });
      return () => role.get();
    },
    close: () => own.close(),
  };
};
const sdkCaller = (sts) => ({ caller: (index) => sdkProvider(sts, index) });

/** Twenty clients with the same role: how often STS is asked. */
function clients(make) {
  return async () => ({
    async measure() {
      const sts = localSts({ latencyMs: 5 });
      const ask = make(sts);
      const started = process.hrtime.bigint();
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => ask(index)));
      return { ns: Number(process.hrtime.bigint() - started), calls: sts.calls };
    },
  });
}

/** What one more session costs, in bytes of heap, with all that it needs to be renewed. */
function memory(make) {
  return async () => ({
    async measure() {
      setFlagsFromString("--expose-gc");
      const gc = runInNewContext("gc");
      const sts = localSts();
      const ask = make(sts);
      const keep = [await ask(0)];
      gc();
      const before = process.memoryUsage().heapUsed;
      for (let index = 1; index <= 2000; index++) keep.push(await ask(index));
      gc();
      const bytes = (process.memoryUsage().heapUsed - before) / 2000;
      return { ns: bytes, bytes, kept: keep.length };
    },
  });
}

/** Calls that go to 100,000 roles, 99 % of them to 1,800, with room for 2,000. */
async function manyKeys() {
  const sts = localSts();
  const own = broker(sts, { limits: { maxEntries: 2000 } });
  const roles = Array.from({ length: 100_000 }, (_, index) => own.role({ roleArn: roleArn(index) }));
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const pick = () => (next() < 0.99 ? Math.floor(next() * 1800) : Math.floor(next() * 100_000));
  for (let index = 0; index < 1800; index++) await roles[index].get();
  const before = sts.calls;
  let asked = 0;
  return {
    run() {
      asked += 1;
      return roles[pick()].get();
    },
    output: () => own.snapshot().roles.length <= 2000,
    close: () => own.close(),
    get missed() {
      return (sts.calls - before) / asked;
    },
  };
}

export const suite = {
  name: "broker",
  readme: "packages/broker/README.md",
  runtimes: ["node"],
  cases: {
    "credentials that are cached": {
      baseline: "SDK client's memoizer",
      variants: { "SDK client's memoizer": sdkCached, "role.get()": get, "role.peek()": peek },
      must: [
        { variant: "role.get()", against: "SDK client's memoizer", max: 2 },
        { variant: "role.peek()", against: "SDK client's memoizer", max: 1 },
      ],
    },
    "10,000 cold callers of one role": {
      baseline: "SDK client's memoizer",
      variants: { "SDK client's memoizer": stampede(sdkCaller), "role.get()": stampede(brokerCaller) },
    },
    "20 clients of one role": {
      baseline: "fromTemporaryCredentials",
      unit: "calls",
      variants: {
        fromTemporaryCredentials: clients((sts) => async () => sdkProvider(sts, 0)()),
        broker: clients((sts) => {
          const role = broker(sts).role({ roleArn: roleArn(0) });
          return () => role.provider();
        }),
      },
    },
    "memory of one more role": {
      baseline: "fromTemporaryCredentials",
      unit: "bytes",
      variants: {
        fromTemporaryCredentials: memory((sts) => async (index) => {
          const provider = sdkProvider(sts, index);
          await provider();
          return provider;
        }),
        broker: memory((sts) => {
          const own = broker(sts, { limits: { maxEntries: 3000 } });
          return async (index) => {
            const role = own.role({ roleArn: roleArn(index) });
            await role.get();
            return role;
          };
        }),
      },
    },
    "100,000 roles, 2,000 cached, 1 % of calls to the rest": {
      baseline: "role.get()",
      variants: { "role.get()": manyKeys },
    },
    "8 processes, 20 roles, cold": {
      baseline: "fromTemporaryCredentials",
      unit: "calls",
      variants: {
        fromTemporaryCredentials: () => fleet("sdk"),
        "broker, alone": () => fleet("alone"),
        "broker, on Redis": () => fleet("shared"),
      },
    },
  },
  summary,
};

/** The README's table: what each case is about first; times are context. */
function summary(results) {
  const lines = ["| | | | |", "| --- | --- | ---: | ---: |"];
  for (const cases of Object.values(results.runtimes)) {
    for (const [name, { variants }] of Object.entries(cases)) {
      let label = name;
      for (const [variant, { ns, ratio, raw }] of Object.entries(variants)) {
        lines.push(`| ${label} | ${variant} | ${cells(suite.cases[name].unit, ns, ratio, raw)} |`);
        label = "";
      }
    }
  }
  const { cpu, cores } = results.machine;
  lines.push(
    "",
    `${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, median of ${results.rounds} fresh processes each.`,
  );
  return lines.join("\n");
}

function cells(unit, ns, ratio, raw) {
  if (unit === "bytes") return `${(ns / 1024).toFixed(1)} KiB | `;
  const calls = median(raw.map((one) => one.calls ?? 0));
  if (unit === "calls") return `${calls} ${calls === 1 ? "call" : "calls"} of STS | ${duration(ns)}`;
  return `${ratio.toFixed(2)} × | ${duration(ns)}`;
}
