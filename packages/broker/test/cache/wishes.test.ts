import { expect, test } from "vitest";
import { denied, down, harness, ROLE, settle, until } from "../harness.ts";

const MINUTE = 60_000;

test("10,000 wishes for twelve hours on one hour sessions make at most one call a minute", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  await h.clock.advance(10 * MINUTE);
  const all = await Promise.all(Array.from({ length: 10_000 }, () => role.get({ minTtlMs: 12 * 60 * MINUTE })));
  expect(h.calls).toHaveLength(2);
  expect(all[0]?.accessKeyId).toBe(role.peek()?.accessKeyId);
  for (let minute = 0; minute < 5; minute++) {
    await role.get({ minTtlMs: 12 * 60 * MINUTE });
    await h.clock.advance(MINUTE);
  }
  expect(h.calls).toHaveLength(2);
});

test("a wish that a fresh session would not meet either is not followed", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(5 * MINUTE);
  expect(await role.get({ minTtlMs: 59 * MINUTE })).toBe(first);
  await h.clock.advance(5 * MINUTE);
  expect((await role.get({ minTtlMs: 52 * MINUTE })).accessKeyId).not.toBe(first.accessKeyId);
});

test("a wish that cannot be granted brings what is held", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(30 * MINUTE);
  h.sts = down;
  expect(await until(h.clock, role.get({ minTtlMs: 45 * MINUTE }), 100)).toBe(first);
});

test("a wish does not wait for an STS that hangs; its renewal goes on, and serves later calls", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(30 * MINUTE);
  let release: () => void = () => undefined;
  h.sts = async (_call, _context, issue) => {
    await new Promise<void>((resolve) => (release = resolve));
    return issue();
  };
  const startedAt = h.clock.monotonic();
  expect(await until(h.clock, role.get({ minTtlMs: 45 * MINUTE }), 100)).toBe(first);
  expect(h.clock.monotonic() - startedAt).toBeLessThanOrEqual(2100);
  // Another caller joins the renewal, and waits no longer than the first.
  const second = role.get({ minTtlMs: 45 * MINUTE, signal: new AbortController().signal });
  expect(await until(h.clock, second, 100)).toBe(first);
  release();
  await settle();
  expect((await role.get()).accessKeyId).not.toBe(first.accessKeyId);
  expect(h.calls).toHaveLength(2);
});

test("a wish for credentials that are about to expire waits as long as they must be renewed", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(59 * MINUTE + 30_000);
  h.sts = async (_call, _context, issue) => {
    await h.clock.sleep(4000);
    return issue();
  };
  expect((await until(h.clock, role.get({ minTtlMs: 20 * MINUTE }), 500)).accessKeyId).not.toBe(first.accessKeyId);
});

test("forceRefresh renews once in five seconds, for all who ask (aws-sdk-js-v3#8055)", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  const forced = await Promise.all(Array.from({ length: 100 }, () => role.get({ forceRefresh: true })));
  expect(new Set(forced).size).toBe(1);
  expect(forced[0]?.accessKeyId).not.toBe(first.accessKeyId);
  expect(role.peek()).toBe(forced[0]);
  await role.get({ forceRefresh: true });
  expect(h.calls).toHaveLength(2);
  await h.clock.advance(5000);
  await role.get({ forceRefresh: true });
  expect(h.calls).toHaveLength(3);
});

test("a rejected key is renewed on the next use, and only the key that was named (java#5545)", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  role.invalidate({ accessKeyId: "ASIASOMEBODYELSE", reason: "rejected" });
  expect(await role.get()).toBe(first);
  role.invalidate({ accessKeyId: first.accessKeyId, reason: "rejected" });
  const second = await role.get();
  expect(second.accessKeyId).not.toBe(first.accessKeyId);
  role.invalidate({ accessKeyId: first.accessKeyId, reason: "rejected" });
  expect(await role.get()).toBe(second);
  expect(h.calls).toHaveLength(2);
});

test("a rejected key is served on while no other can be had, a revoked one never again", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.sts = denied;
  role.invalidate({ accessKeyId: first.accessKeyId, reason: "rejected" });
  expect(await role.get()).toBe(first);
  role.invalidate({ accessKeyId: first.accessKeyId, reason: "revoked" });
  expect(role.peek()).toBeUndefined();
  await expect(role.get()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
});

test("a service that turns down every key does not make us call STS for each request", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  for (let request = 0; request < 50; request++) {
    const { accessKeyId } = await role.get();
    role.invalidate({ accessKeyId, reason: "rejected" });
    await h.clock.advance(100);
  }
  expect(h.calls.length).toBeLessThanOrEqual(4);
});

test("revoke drops what matches, and a fetch that was under way", async () => {
  const h = harness();
  const kept = h.broker.role({ roleArn: `${ROLE}2`, tenant: "b" });
  const dropped = h.broker.role({ roleArn: ROLE, tenant: "a" });
  const first = await dropped.get();
  await kept.get();
  await h.broker.revoke({ tenant: "a" });
  expect(dropped.peek()).toBeUndefined();
  expect(kept.peek()).toBeDefined();
  let release: () => void = () => undefined;
  h.sts = async (_call, _context, issue) => {
    const issued = issue();
    await new Promise<void>((resolve) => (release = resolve));
    return issued;
  };
  const pending = dropped.get();
  await settle();
  await h.broker.revoke({ roleArn: ROLE });
  h.sts = (_call, _context, issue) => issue();
  release();
  const after = await pending;
  expect(h.calls).toHaveLength(4);
  expect([first.accessKeyId, "ASIA0000000000000003"]).not.toContain(after.accessKeyId);
});

test("issuedBefore spares what was issued later", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  await h.broker.revoke({ roleArn: ROLE, issuedBefore: new Date(h.clock.now() - 60_000) });
  expect(role.peek()).toBeDefined();
  await h.broker.revoke({ issuedBefore: new Date(h.clock.now() + 1) });
  expect(role.peek()).toBeUndefined();
});
