import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import * as clientSts from "@aws-sdk/client-sts";
import * as brokerPackage from "@countersign/broker";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../packages/broker/src/sts/limits.ts";
import { type RedisServer, startRedis } from "./redis.ts";

const readme = readFileSync(new URL("../../packages/broker/README.md", import.meta.url), "utf8");
const guide = readFileSync(new URL("../../docs/broker-guide.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gmu)].map(([, code = ""]) => code);
const ROLE = "arn:aws:iam::111122223333:role/Inference";

let aws: Aws;
let transport: Transport;
let redis: RedisServer;
beforeAll(async () => {
  aws = await startAws({ accounts: ["111122223333"], roles: [ROLE], regions: ["eu-west-1"] });
  transport = createTransport({ ca: aws.ca });
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
  await transport.close();
  await aws.close();
});

/** Runs an example as it stands; what it makes talks to the local AWS. Returns what it printed. */
async function run(index: number, given: Readonly<Record<string, unknown>> = {}): Promise<unknown[][]> {
  const local = { endpoint: { url: aws.url.sts }, transport };
  const { STSClient } = clientSts;
  const packages = {
    "@countersign/broker": {
      ...brokerPackage,
      createBroker: (options: brokerPackage.BrokerOptions) =>
        brokerPackage.createBroker({ credentials: aws.user, ...options, ...local }),
    },
    "@aws-sdk/client-sts": {
      ...clientSts,
      STSClient: class extends STSClient {
        constructor(options: object) {
          super({ ...options, endpoint: aws.url.sts, requestHandler: transport.requestHandler() });
        }
      },
    },
  };
  const importless = (examples[index] ?? "").replaceAll(
    /^import (\{[^}]+\}) from "([^"]+)";$/gmu,
    (_, names: string, from: string) => `const ${names} = packages[${JSON.stringify(from)}];`,
  );
  const { code } = await transform(`const example = async () => {${importless}};`, { loader: "ts", target: "es2022" });
  const printed: unknown[][] = [];
  const names = { packages, console: { log: (...values: unknown[]) => printed.push(values) }, ...given };
  // eslint-disable-next-line typescript/no-implied-eval
  const program = new Function(...Object.keys(names), `${code}; return example();`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await program(...Object.values(names));
  return printed;
}

test("has the examples that are run here, and stays within 140 lines without what the benchmarks write", () => {
  expect(examples).toHaveLength(3);
  const prose = readme.replace(/<!-- bench:start -->[^]*?<!-- bench:end -->/u, "");
  expect(prose.split("\n").length).toBeLessThanOrEqual(140);
});

test("the first example", async () => {
  expect(await run(0)).toEqual([[expect.stringMatching(/^ASIA/u), true]]);
});

test("the example with a client of the SDK", async () => {
  expect(await run(1)).toEqual([["arn:aws:sts::111122223333:assumed-role/Inference/countersign"]]);
});

test("the example of a fleet", async () => {
  const given = {
    client: redis.client,
    key: randomBytes(32),
    provider: async () => aws.user,
  };
  expect(await run(2, given)).toEqual([[["fresh"]]]);
});

test("the limits in the table are the limits", () => {
  for (const [name, value] of Object.entries(DEFAULT_LIMITS)) expect(guide).toContain(`| \`${name}\` | ${value} |`);
});

test.each([
  ["BrokerErrorCode", "errors/error.ts", 20],
  ["VendingErrorCode", "server/vending-error.ts", 13],
] as const)("every %s is in a table", (type, file, count) => {
  const source = readFileSync(new URL(`../../packages/broker/src/${file}`, import.meta.url), "utf8");
  const [, union = ""] = new RegExp(`${type} =([\\s\\S]*?");`, "u").exec(source.replace(/"\n\n/u, '";\n\n')) ?? [];
  const codes = [...union.matchAll(/"([A-Z_]+)"/gu)].map(([, code = ""]) => code);
  expect(codes).toHaveLength(count);
  for (const code of codes) expect(readme).toContain(`\`${code}\``);
});
