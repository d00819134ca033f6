import { createTransport } from "@countersign/transport";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { brokerMetrics } from "../../src/metrics/broker-metrics.ts";
import { createVendingApp } from "../../src/server.ts";
import { denied, harness, ROLE, settle } from "../harness.ts";
import { memoryStore } from "../store/memory-store.ts";

test("requests, renewals and states are counted, without a name of a principal", async () => {
  const registry = new Registry();
  const metrics = await brokerMetrics(registry);
  const h = harness({ onEvent: metrics.onEvent });
  metrics.observe(h.broker);
  const role = h.broker.role({ roleArn: ROLE, tenant: "customer-7" });
  await role.get();
  h.sts = denied;
  await role.get({ forceRefresh: true });
  await h.broker
    .role({ roleArn: `${ROLE}2` })
    .get()
    .catch(() => undefined);
  const text = await registry.metrics();
  expect(text).toContain(
    'countersign_sts_calls_total{operation="AssumeRole",region="eu-west-1",outcome="ok",code=""} 1',
  );
  expect(text).toContain('outcome="error",code="ACCESS_DENIED"} 2');
  expect(text).toContain('countersign_refreshes_total{outcome="ok"} 1');
  expect(text).toContain('countersign_refreshes_total{outcome="ACCESS_DENIED"} 2');
  expect(text).toContain("countersign_static_serves_total 1");
  expect(text).toContain('countersign_sessions{state="degraded"} 1');
  expect(text).toContain('countersign_sessions{state="expired"} 1');
  expect(text).not.toMatch(/arn:|customer-7|ASIA|secret/u);
});

test("one registry serves the broker and the vending server, and counts no session twice", async () => {
  const metrics = await brokerMetrics();
  const h = harness({ onEvent: metrics.onEvent });
  const other = harness();
  for (const broker of [h.broker, h.broker, other.broker]) metrics.observe(broker);
  await using transport = createTransport();
  const container = { kind: "container", roleArn: ROLE, tokenSha256: ["a".repeat(64)] } as const;
  const app = createVendingApp(h.broker, {
    hosts: ["localhost"],
    grants: { task: container },
    registry: metrics.registry,
    transport,
  });
  await h.broker.role({ roleArn: ROLE }).get();
  await other.broker.role({ roleArn: ROLE }).get();
  const text = await (await app.request("/metrics")).text();
  expect(text).toContain('countersign_sessions{state="fresh"} 2');
  expect(text).toContain("countersign_sts_calls_total{");
  expect(text).toContain("countersign_vend_total");
});

test("the store's breaker and alarms are counted", async () => {
  const registry = new Registry();
  const metrics = await brokerMetrics(registry);
  const store = memoryStore();
  store.before = async () => {
    throw new Error("down");
  };
  const h = harness({ onEvent: metrics.onEvent, store });
  for (let index = 0; index < 3; index++) await h.broker.role({ roleArn: `${ROLE}${index}` }).get();
  expect(await registry.metrics()).toContain("countersign_store_breaker_open 1");
  store.before = async () => undefined;
  store.read = async () => ({ revocations: [], alarm: "RECORD_FORGED" });
  await h.clock.advance(5000);
  h.tick();
  await settle();
  await h.broker.role({ roleArn: `${ROLE}9` }).get();
  const text = await registry.metrics();
  expect(text).toContain("countersign_store_breaker_open 0");
  expect(text).toContain('countersign_store_alarms_total{code="RECORD_FORGED"}');
});
