import { duration } from "../lib/report.mjs";
import { createClient } from "./client.mjs";
import { moto, motoVersion, ours, startServer } from "./servers.mjs";

const version = motoVersion();
if (version === undefined) {
  console.error(
    'moto server is not installed (pip install "moto[server]==5.2.1"): only countersign local is measured.',
  );
}
const names = version === undefined ? [ours] : [moto, ours];

const ExecutionRoleArn = "arn:aws:iam::123456789012:role/worker";
const PrimaryContainer = { Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1", ModelDataUrl: "s3://b/m.tar.gz" };

/** Families of resources: what creates one of a name, and the member of its list that holds the names. */
const families = {
  Model: { input: (ModelName) => ({ ModelName, ExecutionRoleArn, PrimaryContainer }), list: "Models" },
  EndpointConfig: {
    input: (EndpointConfigName) => ({
      EndpointConfigName,
      ProductionVariants: [
        {
          VariantName: "v",
          ModelName: "seed",
          InitialInstanceCount: 1,
          InstanceType: "ml.m5.large",
          InitialVariantWeight: 1,
        },
      ],
    }),
    list: "EndpointConfigs",
  },
  Experiment: { input: (ExperimentName) => ({ ExperimentName }), list: "ExperimentSummaries" },
};

/** A server with a model, which configurations and endpoints need, and a client that has connected. */
async function running(name) {
  const server = await startServer(name);
  const client = await createClient(server);
  await client.untilReady();
  await client.control("CreateModel", families.Model.input("seed"));
  const close = async () => {
    client.close();
    await server.close();
  };
  return { server, client, close };
}

/** The server's CPU time for each run. Another process on the machine does not change it, as it would change the time. */
async function cpuOf(server, run, budgetMs) {
  for (let index = 0; index < 50; index += 1) await run();
  const before = server.cpu();
  const until = performance.now() + budgetMs;
  let runs = 0;
  for (; runs < 100 || performance.now() < until; runs += 1) await run();
  return { ns: (server.cpu() - before) / runs, runs };
}

async function round(noun, name) {
  const { server, client, close } = await running(name);
  const { input, list } = families[noun];
  const key = `${noun}Name`;
  let made = 0;
  const run = async (each = `n${process.pid}-${made++}`) => {
    await client.control(`Create${noun}`, input(each));
    const described = await client.control(`Describe${noun}`, { [key]: each });
    const listed = await client.control(`List${noun}s`, { MaxResults: 5 });
    return [described[key], listed[list].length > 0];
  };
  const measure = (budgetMs) => cpuOf(server, () => run(), budgetMs);
  return { measure, output: async () => JSON.stringify(await run("same")), close };
}

async function assumeRole(name) {
  const { server, client, close } = await running(name);
  const run = () => client.sts({ Action: "AssumeRole", RoleArn: ExecutionRoleArn, RoleSessionName: "bench" });
  const output = async () => /<Arn>([^<]+)<\/Arn>/.exec(await run())?.[1];
  return { measure: (budgetMs) => cpuOf(server, run, budgetMs), output, close };
}

async function invokeEndpoint(name) {
  const { server, client, close } = await running(name);
  await client.control("CreateEndpointConfig", families.EndpointConfig.input("config"));
  await client.control("CreateEndpoint", { EndpointName: "e", EndpointConfigName: "config" });
  // The answers differ by intention: an echo here, a fixed text there.
  return { measure: (budgetMs) => cpuOf(server, () => client.invoke("e", "hello"), budgetMs), close };
}

/** From the start of the process to its first answer. */
async function start(name) {
  return {
    async measure() {
      const begin = performance.now();
      const server = await startServer(name);
      const client = await createClient(server);
      await client.untilReady();
      const ns = (performance.now() - begin) * 1e6;
      client.close();
      await server.close();
      return { ns };
    },
  };
}

/** The memory of the process after a thousand requests: MiB, which the harness compares like nanoseconds. */
async function memory(name) {
  const { server, client, close } = await running(name);
  return {
    async measure() {
      for (let index = 0; index < 1000; index += 1) await client.control("DescribeModel", { ModelName: "seed" });
      return { ns: server.memory(), unit: "MiB" };
    },
    close,
  };
}

const memoryCase = "memory after 1,000 requests";

const contest = (make, bound) => ({
  baseline: names[0],
  variants: Object.fromEntries(names.map((name) => [name, () => make(name)])),
  must: version === undefined ? [] : [{ variant: ours, against: moto, max: bound }],
});

export const suite = {
  name: "testing",
  readme: "docs/local-aws.md",
  summary,
  cases: {
    "start, until the first answer": contest(start, 0.5),
    ...Object.fromEntries(
      Object.keys(families).map((noun) => [
        `create, describe and list: ${noun}`,
        contest((name) => round(noun, name), 1),
      ]),
    ),
    AssumeRole: contest(assumeRole, 1),
    InvokeEndpoint: contest(invokeEndpoint, 1),
    [memoryCase]: contest(memory, 1),
  },
};

/** A row for each case: the time of each server, and the ratio. */
function summary(results) {
  const [cases] = Object.values(results.runtimes);
  const rows = Object.entries(cases).map(([name, { variants }]) => {
    const show = (value) => (name === memoryCase ? `${value.toFixed(0)} MiB` : duration(value));
    const cells = [ours, moto].map((one) => (variants[one] === undefined ? "not measured" : show(variants[one].ns)));
    const ratio = variants[moto] === undefined ? "" : variants[ours].ratio.toFixed(2);
    return `| ${name} | ${cells.join(" | ")} | ${ratio} |`;
  });
  const { cpu, cores, load } = results.machine;
  return [
    `| | ${ours} | ${moto} ${version ?? ""} | ratio |`,
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
    `${ours} verifies each signature and speaks TLS; ${moto} does neither. Between start and memory it is the CPU time of the server.`,
    `${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, load ${load[0]}, medians of ${results.rounds} processes each.`,
  ].join("\n");
}
