import { inspect } from "node:util";
import { createClock } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { BrokerOptions } from "../../src/broker/broker-options.ts";
import { BrokerCredentials } from "../../src/model/credentials.ts";
import { createBroker } from "../../src/broker/create-broker.ts";

const ACCOUNT = "123456789012";
const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

let aws: Aws;
let transport: Transport;

beforeAll(async () => {
  aws = await startAws();
  transport = createTransport({ ca: aws.ca });
});
afterAll(async () => {
  await transport.close();
  await aws.close();
});

let serial = 0;
let name: string;
beforeEach(() => {
  aws.reset();
  name = `Role${++serial}`;
  aws.role(name);
});

const brokerOf = (options: Partial<BrokerOptions> = {}) =>
  createBroker({
    region: "us-east-1",
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    ...options,
  });

const callsOf = (role: string) =>
  aws.calls({ service: "sts" }).filter(({ body }) => String(body).includes(encodeURIComponent(roleArn(role))));

test("10,000 cold callers make one AssumeRole, signed, over TLS with forward secrecy", async () => {
  await using broker = brokerOf();
  const role = broker.role({ roleArn: roleArn(name) });
  const all = await Promise.all(Array.from({ length: 10_000 }, () => role.get()));
  expect(callsOf(name)).toHaveLength(1);
  expect(new Set(all).size).toBe(1);
  expect(all[0]).toBeInstanceOf(BrokerCredentials);
  expect(all[0]).toMatchObject({ accountId: ACCOUNT, accessKeyId: expect.stringMatching(/^ASIA/u) });
});

test("a chain of three roles, with tags, a session policy and a source identity, is accepted by STS", async () => {
  aws.role(`${name}B`);
  aws.role(`${name}C`);
  await using broker = brokerOf();
  const a = broker.role({
    roleArn: roleArn(name),
    sourceIdentity: "alice",
    tags: { team: "ml" },
    transitiveTagKeys: ["team"],
  });
  const b = broker.role({ roleArn: roleArn(`${name}B`), via: a });
  const c = broker.role({
    roleArn: roleArn(`${name}C`),
    via: b,
    durationSeconds: 7200,
    policy: {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource: "*" },
    },
  });
  const credentials = await c.get();
  expect(credentials.expiration.getTime() - aws.clock.now()).toBeLessThanOrEqual(3600_000);
});

test("a refusal costs one request and says what AWS said", async () => {
  await using broker = brokerOf();
  aws.role(name).update({
    trustPolicy: {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: "999999999999" }, Action: "sts:AssumeRole" },
    },
  });
  const error = await broker
    .role({ roleArn: roleArn(name) })
    .get()
    .catch((failed: unknown) => failed);
  expect(error).toMatchObject({
    name: "BrokerError",
    code: "ACCESS_DENIED",
    message: expect.stringContaining("is not authorized to perform: sts:AssumeRole"),
    cause: { name: expect.stringContaining("AccessDenied"), requestId: expect.any(String), httpStatusCode: 403 },
  });
  expect(callsOf(name)).toHaveLength(1);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(aws.user.secretAccessKey);
});

const passing = ["throttle", "truncate", "malformed", "drop-before-body", "drop-after-body"] as const;

test.each(passing)("one %s is survived by a cold fetch", async (kind) => {
  await using broker = brokerOf();
  aws.fault({ service: "sts", operation: "AssumeRole", kind, times: 1 });
  const role = broker.role({ roleArn: roleArn(name) });
  await expect(role.get()).resolves.toBeDefined();
});

test.each([500, 503])("one answer of %i is survived by a cold fetch", async (status) => {
  await using broker = brokerOf();
  aws.fault({ service: "sts", operation: "AssumeRole", kind: "status", status, times: 1 });
  await expect(broker.role({ roleArn: roleArn(name) }).get()).resolves.toBeDefined();
});

const unusable = ["expired-credentials", "invalid-date", "wrong-account"] as const;

test.each(unusable)("an answer with %s is turned down, and what is held goes on", async (kind) => {
  await using broker = brokerOf();
  const role = broker.role({ roleArn: roleArn(name) });
  const first = await role.get();
  aws.fault({ service: "sts", operation: "AssumeRole", kind, times: Infinity });
  expect(await role.get({ forceRefresh: true })).toBe(first);
  const other = broker.role({ roleArn: roleArn(name), sessionName: "other" });
  await expect(other.get()).rejects.toMatchObject({ name: "BrokerError" });
  expect(other.peek()).toBeUndefined();
});

test("each Region has an endpoint of its own, and the next one is asked while the first is down", async () => {
  await using two = await startAws({ regions: ["eu-west-1", "eu-central-1"] });
  await using own = createTransport({ ca: two.ca });
  await using broker = brokerOf({
    region: "eu-west-1",
    failoverRegions: ["eu-central-1"],
    endpoint: (region) => ({ url: two.regions[region]?.sts }),
    credentials: two.user,
    transport: own,
  });
  const broken = { service: "sts", kind: "status", status: 503, times: 2 } as const;
  two.fault(broken);
  await broker.role({ roleArn: two.role("A").arn }).get();
  expect(two.calls({ service: "sts" }).map(({ region, status }) => [region, status])).toEqual([
    ["eu-west-1", 503],
    ["eu-west-1", 503],
    ["eu-central-1", 200],
  ]);
});

test("the clock is learned from STS, and the request signed again by it (aws-sdk-js-v3#2208)", async () => {
  const clock = createClock({ wall: () => Date.now() - 3600_000 });
  await using broker = brokerOf({ clock });
  const role = broker.role({ roleArn: roleArn(name) });
  const credentials = await role.get();
  expect(Math.abs(clock.now() - aws.clock.now())).toBeLessThan(60_000);
  expect(role.peek()).toBe(credentials);
  expect(callsOf(name)).toHaveLength(2);
});

test("no secret of ours is in the signing cache of AWS's library, or anywhere it prints", async () => {
  const { events, broker } = (() => {
    const seen: unknown[] = [];
    return { events: seen, broker: brokerOf({ onEvent: (event) => seen.push(event) }) };
  })();
  const role = broker.role({ roleArn: roleArn(name) });
  const credentials = await role.get();
  const secrets = [credentials.secretAccessKey, credentials.sessionToken, aws.user.secretAccessKey];
  const printed =
    inspect([events, role, broker, broker.snapshot()], { depth: 12, showHidden: true }) + JSON.stringify(events);
  for (const secret of secrets) expect(printed).not.toContain(secret);
  expect(events).toContainEqual(expect.objectContaining({ name: "sts.call", operation: "AssumeRole", outcome: "ok" }));
  await broker.close();
});

test("a transport that was handed in stays open, and a closed broker says so", async () => {
  const broker = brokerOf();
  const role = broker.role({ roleArn: roleArn(name) });
  await role.get();
  await broker.close();
  await broker.close();
  expect(role.peek()).toBeUndefined();
  await expect(role.get()).rejects.toMatchObject({ code: "CLOSED" });
  await expect(transport.probe(aws.url.sts)).resolves.toMatchObject({ forwardSecret: true });
});

test("a server without forward secrecy is never told anything", async () => {
  await using weak = await startAws({ tls: "static-rsa" });
  await using strict = createTransport({ ca: weak.ca });
  await using broker = createBroker({
    region: "us-east-1",
    credentials: weak.user,
    endpoint: { url: weak.url.sts },
    transport: strict,
  });
  const error = await broker
    .role({ roleArn: roleArn("Any") })
    .get()
    .catch((failed: unknown) => failed);
  expect(error).toMatchObject({ code: "STS_UNAVAILABLE" });
  expect(inspect(error, { depth: 9 })).toMatch(/TLS_(CIPHER_REFUSED|NOT_FORWARD_SECRET)/u);
  expect(weak.calls({})).toHaveLength(0);
});
