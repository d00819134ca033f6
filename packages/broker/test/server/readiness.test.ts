import { expect, it } from "vitest";
import { brokerMetrics, createBroker } from "../../src/index.ts";
import { createVendingApp } from "../../src/server.ts";
import { CONTAINER_TOKEN, HOST, startVending } from "./fixture.ts";

it("the broker's own key is rejected: 503, not ready, and the operator reads key, Region, address and reason", async () => {
  const vending = await startVending();
  const metrics = await brokerMetrics();
  const events: unknown[] = [];
  const broker = createBroker({
    region: vending.aws.region,
    credentials: { accessKeyId: "AKIADELETEDEXAMPLE00", secretAccessKey: "deleted" },
    endpoint: { url: vending.aws.url.sts },
    transport: vending.transport,
    clock: vending.aws.clock,
    onEvent: (event) => {
      metrics.onEvent(event);
      events.push(event);
    },
  });
  const app = createVendingApp(broker, {
    ...vending.config,
    registry: metrics.registry,
    onEvent: (event) => events.push(event),
  });
  try {
    expect(await (await app.request("/readyz")).text()).toBe("ready\n");
    const response = await app.request(`https://${HOST}/v1/vend/invoke`, {
      method: "POST",
      headers: { host: HOST, authorization: `Bearer ${await vending.token()}` },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "UNAVAILABLE", requestId: expect.any(String) });
    expect(events).toContainEqual(
      expect.objectContaining({
        name: "source.rejected",
        accessKeyId: "AKIADELETEDEXAMPLE00",
        region: vending.aws.region,
        code: "SOURCE_REJECTED",
        reason: expect.stringContaining("STS AssumeRole"),
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        name: "vend.denied",
        code: "UNAVAILABLE",
        reason: expect.stringMatching(/STS AssumeRole/u),
        address: expect.any(String),
      }),
    );
    const ready = await app.request("/readyz");
    expect([ready.status, await ready.text()]).toEqual([503, "source rejected\n"]);
    expect(await metrics.registry.metrics()).toContain('countersign_source_rejected{code="SOURCE_REJECTED"} 1');
    expect(JSON.stringify(events)).not.toContain("deleted");
  } finally {
    await app.drain();
    await broker.close();
    await vending.close();
  }
});

it("a repaired key is accepted again, and an event says so", async () => {
  const vending = await startVending();
  let credentials = { accessKeyId: "AKIADELETEDEXAMPLE00", secretAccessKey: "deleted" };
  const events: unknown[] = [];
  const broker = createBroker({
    region: vending.aws.region,
    credentials: async () => credentials,
    endpoint: { url: vending.aws.url.sts },
    transport: vending.transport,
    clock: vending.aws.clock,
    onEvent: (event) => events.push(event),
  });
  try {
    await expect(broker.role({ roleArn: vending.aws.role("web").arn }).get()).rejects.toMatchObject({
      code: "SOURCE_REJECTED",
    });
    expect(broker.snapshot().source?.rejected).toMatchObject({ accessKeyId: "AKIADELETEDEXAMPLE00" });
    credentials = vending.aws.user;
    // The source is asked for a forced renewal once in five seconds.
    await vending.aws.clock.advance(10_000);
    await expect(
      broker.role({ roleArn: vending.aws.role("web").arn }).get({ forceRefresh: true }),
    ).resolves.toBeDefined();
    expect(broker.snapshot().source?.rejected).toBeUndefined();
    expect(events).toContainEqual(expect.objectContaining({ name: "source.accepted" }));
  } finally {
    await broker.close();
    await vending.close();
  }
});

it("one tenant's trust policy is broken: ready, and that grant's metric and log say so", async () => {
  const vending = await startVending();
  try {
    vending.aws.role("web").update({
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" }],
      },
    });
    expect((await vending.vend("invoke")).status).toBe(403);
    const ready = await vending.app.request("/readyz");
    expect([ready.status, await ready.text()]).toEqual([200, "ready\n"]);
    expect(vending.events).toContainEqual(
      expect.objectContaining({
        name: "vend.denied",
        grant: "invoke",
        code: "UPSTREAM_DENIED",
        reason: expect.stringContaining("AssumeRole"),
      }),
    );
    const metrics = await (await vending.app.request("/metrics")).text();
    expect(metrics).toContain('countersign_vend_total{grant="invoke",outcome="UPSTREAM_DENIED"} 1');
    // Another grant is not affected.
    const task = await vending.app.request(`http://${HOST}/v1/credentials/batch-task`, {
      headers: { host: HOST, authorization: CONTAINER_TOKEN },
    });
    expect(task.status).toBe(404);
  } finally {
    await vending.close();
  }
});

it("a refusal by STS is 403 for callers with an expired session too, and an outage 503", async () => {
  const vending = await startVending();
  try {
    expect((await vending.vend("invoke")).status).toBe(200);
    const fault = vending.aws.fault({
      service: "sts",
      operation: "AssumeRole",
      kind: "status",
      status: 503,
      times: Infinity,
    });
    await vending.aws.clock.advance(16 * 60_000);
    const state = { done: false };
    const answer = vending.vend("invoke").finally(() => (state.done = true));
    while (!state.done) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (!state.done) await vending.aws.clock.advance(500);
    }
    expect((await answer).status).toBe(503);
    fault.remove();
    vending.aws.role("web").remove();
    await vending.aws.clock.advance(60_000);
    expect((await vending.vend("invoke")).status).toBe(403);
    expect(vending.events.at(-1)).toMatchObject({ name: "vend.denied", code: "UPSTREAM_DENIED" });
  } finally {
    await vending.close();
  }
});

it("14.8 minutes of validity are left and STS hangs: served at once, renewed in the background", async () => {
  const vending = await startVending();
  const ask = () =>
    vending.app.request(`http://${HOST}/v1/credentials/task`, {
      headers: { host: HOST, authorization: CONTAINER_TOKEN },
    });
  try {
    const first = (await (await ask()).json()) as { AccessKeyId: string };
    await vending.aws.clock.advance(45.2 * 60_000);
    const before = vending.aws.calls({ operation: "AssumeRole" }).length;
    vending.aws.fault({ service: "sts", operation: "AssumeRole", kind: "delay", ms: 3_600_000, times: Infinity });
    // No time passes while this is answered.
    const response = await ask();
    expect(response.status).toBe(200);
    expect(((await response.json()) as { AccessKeyId: string }).AccessKeyId).toBe(first.AccessKeyId);
    await expect.poll(() => vending.aws.calls({ operation: "AssumeRole" }).length).toBeGreaterThan(before);
    const again = await ask();
    expect(again.status).toBe(200);
  } finally {
    await vending.close();
  }
});
