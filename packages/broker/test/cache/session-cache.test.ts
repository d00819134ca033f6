import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { BrokerError } from "../../src/errors/error.ts";
import { denied, down, harness, ROLE, settle, until } from "../harness.ts";

const MINUTE = 60_000;

test("10,000 concurrent callers make one call of STS", async () => {
  const { broker, calls } = harness();
  const role = broker.role({ roleArn: ROLE });
  const all = await Promise.all(Array.from({ length: 10_000 }, () => role.get()));
  expect(new Set(all).size).toBe(1);
  expect(calls).toHaveLength(1);
});

test("roles with the same spec share one session", async () => {
  const { broker, calls } = harness();
  await broker.role({ roleArn: ROLE, tags: { a: "1", b: "2" } }).get();
  await broker.role({ tags: { b: "2", a: "1" }, roleArn: ROLE }).provider();
  expect(calls).toHaveLength(1);
});

test("fresh credentials come back at once, synchronously through peek", async () => {
  const { broker } = harness();
  const role = broker.role({ roleArn: ROLE });
  expect(role.peek()).toBeUndefined();
  const credentials = await role.get();
  expect(role.peek()).toBe(credentials);
  expect(role.provider.peek()).toBe(credentials);
  expect(role.provider.memoized).toBe(true);
});

test("a renewal ahead of time delays no caller", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(50 * MINUTE);
  let release: () => void = () => undefined;
  h.sts = async (_call, _context, issue) => {
    await new Promise<void>((resolve) => (release = resolve));
    return issue();
  };
  expect(await role.get()).toBe(first);
  expect(await role.get()).toBe(first);
  await settle();
  expect(h.calls).toHaveLength(2);
  release();
  await settle();
  expect((await role.get()).accessKeyId).not.toBe(first.accessKeyId);
});

test("with STS down and four minutes of validity left nothing throws", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(56 * MINUTE);
  h.sts = down;
  for (let second = 0; second < 238; second += 1) {
    expect((await until(h.clock, role.get(), 100)).accessKeyId).toBe(first.accessKeyId);
    await h.clock.advance(1000);
    if (first.expiration.getTime() - h.clock.now() < 1500) break;
  }
  expect(h.broker.snapshot()).toMatchObject({ degraded: true, roles: [{ state: "degraded" }] });
  await h.clock.advance(5000);
  const error = await until(
    h.clock,
    role.get().catch((failed: unknown) => failed),
  );
  expect(error).toMatchObject({ name: "BrokerError", code: "CREDENTIALS_EXPIRED" });
  expect(role.peek()).toBeUndefined();
});

test("in the last minute a caller waits for the renewal, but never longer than what is left", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(59 * MINUTE + 50_000);
  h.sts = () => new Promise(() => undefined);
  const pending = role.get();
  let done = false;
  void pending.then(() => (done = true));
  await settle();
  expect(done).toBe(false);
  await h.clock.advance(8001);
  expect(done).toBe(true);
  expect(await pending).toBe(first);
});

test("a caller's abort is its own", async () => {
  const h = harness();
  let release: () => void = () => undefined;
  h.sts = async (_call, _context, issue) => {
    await new Promise<void>((resolve) => (release = resolve));
    return issue();
  };
  const role = h.broker.role({ roleArn: ROLE });
  const leaving = new AbortController();
  const left = role.get({ signal: leaving.signal });
  const stayed = role.get();
  await settle();
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  release();
  await expect(stayed).resolves.toBeDefined();
  expect(h.calls).toHaveLength(1);
  await expect(role.get({ signal: leaving.signal })).rejects.toThrow("gone");
});

test("a caller's deadline in the last minute is met with what is held", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(59 * MINUTE + 10_000);
  h.sts = () => new Promise(() => undefined);
  const deadline = new AbortController();
  const pending = role.get({ signal: deadline.signal });
  await settle();
  deadline.abort(new DOMException("late", "TimeoutError"));
  expect(await pending).toBe(first);
});

test("eviction never ends a fetch", async () => {
  const h = harness({ limits: { maxEntries: 1 } });
  const releases: (() => void)[] = [];
  h.sts = async (_call, _context, issue) => {
    await new Promise<void>((resolve) => releases.push(resolve));
    return issue();
  };
  const roles = ["A", "B", "C"].map((name) => h.broker.role({ roleArn: `${ROLE}${name}` }));
  const pending = roles.map((role) => role.get());
  await settle();
  for (const release of releases) release();
  expect(new Set((await Promise.all(pending)).map(({ accessKeyId }) => accessKeyId)).size).toBe(3);
  expect(h.calls).toHaveLength(3);
});

test("a refusal costs one request, is remembered, and keeps AWS's reason on its causes", async () => {
  const h = harness();
  h.sts = denied;
  const role = h.broker.role({ roleArn: ROLE });
  const error: BrokerError = (await role.get().catch((failed: BrokerError) => failed)) as BrokerError;
  expect(error).toBeInstanceOf(BrokerError);
  expect(error.code).toBe("ACCESS_DENIED");
  expect(error.message).toContain("not authorized to perform: sts:AssumeRole");
  expect(error.cause).toMatchObject({ name: "AccessDenied", requestId: "0f1e2d3c" });
  expect(inspect(error, { depth: 9 })).not.toMatch(/response-secret|input-secret/u);
  await expect(role.get()).rejects.toMatchObject({ code: "ACCESS_DENIED", cause: { name: "AccessDenied" } });
  expect(h.calls).toHaveLength(1);
  await h.clock.advance(6000);
  h.sts = (_call, _context, issue) => issue();
  await expect(role.get()).resolves.toBeDefined();
});

test("credentials show no secret in any way of printing them", async () => {
  const { broker, events } = harness();
  const role = broker.role({ roleArn: ROLE });
  const credentials = await role.get();
  const printed = [
    inspect(credentials, { depth: 9, showHidden: true }),
    JSON.stringify(credentials),
    inspect(Object.assign({}, credentials)),
    inspect(structuredClone(credentials)),
    inspect(role, { depth: 9, showHidden: true }),
    inspect(broker, { depth: 9 }),
    JSON.stringify(broker.snapshot()),
    JSON.stringify(events),
  ].join("\n");
  expect(printed).not.toMatch(/secret-of|token-of|source-secret/u);
  expect(printed).toContain(credentials.accessKeyId);
  expect(credentials.expose()).toMatchObject({ secretAccessKey: "secret-of-1", sessionToken: "token-of-1" });
});

test("closing ends what is under way, and its callers get an error", async () => {
  const h = harness();
  const hanging = h.broker.role({ roleArn: ROLE });
  const prompting = h.broker.role({
    roleArn: `${ROLE}2`,
    mfa: { serialNumber: "arn:aws:iam::1:mfa/a", code: () => new Promise<string>(() => undefined) },
  });
  h.sts = () => new Promise(() => undefined);
  const waiting = [hanging.get(), prompting.get()].map((get) => get.catch((error: unknown) => error));
  await settle();
  await h.broker.close();
  expect(await Promise.all(waiting)).toMatchObject([{ code: "CLOSED" }, { code: "CLOSED" }]);
  expect(h.clock.sleepers).toBe(0);
  await expect(h.broker.warm([hanging])).rejects.toMatchObject({ code: "CLOSED" });
});

test("warming fetches what is not held, a few at a time, and tells of the first failure after trying all", async () => {
  const h = harness({ limits: { maxInFlight: 2 } });
  const roles = ["A", "B", "C", "D"].map((name) => h.broker.role({ roleArn: `${ROLE}${name}` }));
  await roles[3]?.get();
  h.sts = (call, context, issue) => (call.input["RoleArn"] === `${ROLE}A` ? denied(call, context, issue) : issue());
  await expect(h.broker.warm(roles)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  expect(roles.map((role) => role.peek() !== undefined)).toEqual([false, true, true, true]);
  expect(h.calls).toHaveLength(4);
});

test("who listens to the cache's diagnostics sees no secret (lru-cache#395)", async () => {
  const seen: unknown[] = [];
  const listen = (message: unknown): unknown => seen.push(message);
  const metrics = channel("lru-cache:metrics");
  metrics.subscribe(listen);
  try {
    const { broker } = harness();
    const role = broker.role({ roleArn: ROLE });
    const credentials = await role.get();
    role.peek();
    await settle();
    const shown = inspect(seen, { depth: 12, showHidden: true });
    expect(shown).toContain(credentials.accessKeyId);
    expect(shown).not.toMatch(/secret-of|token-of|source-secret/u);
  } finally {
    metrics.unsubscribe(listen);
  }
});
