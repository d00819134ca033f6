import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { type BrokerOptions, createBroker, type Role, valkeyStore } from "@countersign/broker";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { transform } from "esbuild";
import { Redis } from "iovalkey";
import { expect, it } from "vitest";
import { startRedis } from "../broker/redis.ts";
import { readText } from "../packaging/workspaces.ts";
import { fencesOf } from "./fences.mjs";

const fences = fencesOf(readText("docs/broker-guide.md"));
const code = (part: string): string =>
  fences.find(({ language, code }) => language === "ts" && code.includes(part))?.code ?? "";

it("docs/broker-guide.md: a fleet shares sessions over a store whose user has the rights of the ACL", async () => {
  expect(fences.map(({ language }) => language).toSorted()).toEqual(["acl", "acl", "ts", "ts", "ts", "ts"]);
  const redis = await startRedis();
  const acl =
    fences
      .find(({ language }) => language === "acl")
      ?.code.trim()
      .split(/\s+/u) ?? [];
  await redis.client.call("ACL", ["SETUSER", ...acl.slice(1)]);
  await using aws = await startAws({
    accounts: ["111122223333"],
    regions: ["eu-west-1"],
    roles: ["arn:aws:iam::111122223333:role/customer"],
  });
  const transport = createTransport({ ca: aws.ca });
  const clients: Redis[] = [];
  const brokers: { close(): Promise<void> }[] = [];

  /** The server of the test in the place of the one that the guide connects to over TLS. */
  class RedisOfTest extends Redis {
    constructor(options: { maxRetriesPerRequest: number }) {
      super(redis.path, {
        maxRetriesPerRequest: options.maxRetriesPerRequest,
        username: "broker",
        password: "secret",
        enableOfflineQueue: true,
        enableReadyCheck: false,
      });
      clients.push(this);
    }
  }
  const key = randomBytes(32);
  const body = `${code("valkeyStore")}\n${code("externalId")}\nconst session = await role.get();\n${code("snapshot()")}\nreturn { session, ready };`;
  // eslint-disable-next-line typescript/no-implied-eval
  const AsyncFunction = (async () => undefined).constructor as new (
    ...source: string[]
  ) => (...given: unknown[]) => Promise<{ session: Awaited<ReturnType<Role["get"]>>; ready: boolean }>;
  const process = (): Promise<{ session: { accessKeyId: string }; ready: boolean }> => {
    const given = {
      Redis: RedisOfTest,
      host: "valkey.example.com",
      key,
      region: "eu-west-1",
      provider: async () => aws.user,
      valkeyStore,
      createBroker: (options: BrokerOptions) => {
        const broker = createBroker({ ...options, transport, endpoint: { url: aws.url.sts }, clock: aws.clock });
        brokers.push(broker);
        return broker;
      },
      customer: { roleArn: "arn:aws:iam::111122223333:role/customer", externalId: "chosen-by-us", id: "customer-1" },
      user: { id: "ada" },
    };
    return new AsyncFunction(...Object.keys(given), body)(...Object.values(given));
  };
  try {
    const first = await process();
    const second = await process();
    expect(first.ready).toBe(true);
    expect(second.session.accessKeyId).toBe(first.session.accessKeyId);
    expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
  } finally {
    for (const broker of brokers) await broker.close();
    for (const client of clients) client.disconnect();
    await transport.close();
    await redis.stop();
  }
});

it("docs/broker-guide.md: events with a duration become spans", async () => {
  const { code: javascript } = await transform(code("diagnostics_channel").replace(/^import .*$/mu, ""), {
    loader: "ts",
  });
  const spans: object[] = [];
  const tracer = {
    startSpan: (name: string, options: object) => ({ end: (at: number) => spans.push({ name, ...options, at }) }),
  };
  // eslint-disable-next-line typescript/no-implied-eval
  new Function("subscribe", "tracer", javascript)(subscribe, tracer);
  await using aws = await startAws({ roles: ["arn:aws:iam::123456789012:role/a"] });
  const transport = createTransport({ ca: aws.ca });
  const broker = createBroker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    clock: aws.clock,
  });
  await broker.role({ roleArn: "arn:aws:iam::123456789012:role/a" }).get();
  await broker.close();
  await transport.close();
  expect(spans).toContainEqual(
    expect.objectContaining({
      name: "sts.call",
      startTime: expect.any(Number),
      attributes: expect.objectContaining({ operation: "AssumeRole", outcome: "ok", region: aws.region }),
    }),
  );
  expect(spans).toContainEqual(expect.objectContaining({ name: "credentials.refresh.ok" }));
});
