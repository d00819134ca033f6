import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTAINER_TOKEN, HOST, ORIGIN, ROLE, type Vending, startVending } from "./fixture.ts";

let vending: Vending;
beforeAll(async () => {
  vending = await startVending();
});
afterAll(() => vending.close());

const container = (headers: Record<string, string> = {}): Promise<Response> | Response =>
  vending.app.request(`http://${HOST}/v1/credentials/task`, {
    headers: { host: HOST, authorization: CONTAINER_TOKEN, ...headers },
  });

describe("browsers", () => {
  it("get credentials that can do what the grant states, and nothing else", async () => {
    const response = await vending.vend("invoke");
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(Object.keys(body).toSorted()).toEqual(["accessKeyId", "expiration", "secretAccessKey", "sessionToken"]);
    const call = vending.aws.calls({ operation: "AssumeRole" }).at(-1);
    const input = call?.input as Record<string, string>;
    expect(input["RoleArn"]).toBe(ROLE);
    expect(input["RoleSessionName"]).toBe("alice");
    expect(input["SourceIdentity"]).toBe("alice");
    expect(input["DurationSeconds"]).toBe("900");
    expect(JSON.parse(input["Policy"] ?? "")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["sagemaker:InvokeEndpoint"],
          Resource: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/acme-recommender"],
        },
      ],
    });
  });

  it("are answered so that nothing is stored anywhere", async () => {
    const { headers } = await vending.vend("invoke");
    expect(headers.get("cache-control")).toBe("no-store, private");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")?.toLowerCase()).toContain("origin");
  });

  it("who reload share one session, and two users never do", async () => {
    const before = vending.aws.calls({ operation: "AssumeRole" }).length;
    const first = (await (await vending.vend("invoke")).json()) as { accessKeyId: string };
    const again = (await (await vending.vend("invoke")).json()) as { accessKeyId: string };
    const bob = (await (await vending.vend("invoke", { token: await vending.token({ sub: "bob" }) })).json()) as {
      accessKeyId: string;
    };
    expect(again.accessKeyId).toBe(first.accessKeyId);
    expect(bob.accessKeyId).not.toBe(first.accessKeyId);
    expect(vending.aws.calls({ operation: "AssumeRole" }).length - before).toBeLessThanOrEqual(2);
  });

  it("may ask first whether they may ask", async () => {
    const preflight = await vending.app.request(`https://${HOST}/v1/vend/invoke`, {
      method: "OPTIONS",
      headers: {
        host: HOST,
        origin: ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(preflight.headers.get("access-control-max-age")).toBe("600");
  });

  it("whose name STS does not take are named by a digest", async () => {
    const response = await vending.vend("invoke", {
      token: await vending.token({ sub: "auth0|5f7c8ec7c33c6c004bbafe82" }),
    });
    expect(response.status).toBe(200);
    const input = vending.aws.calls({ operation: "AssumeRole" }).at(-1)?.input as Record<string, string>;
    expect(input["RoleSessionName"]).toMatch(/^h-[0-9a-f]{40}$/);
  });
});

describe("containers", () => {
  it("get the format that SDKs read", async () => {
    const response = await container();
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(body["Expiration"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body).toMatchObject({
      AccessKeyId: expect.any(String),
      SecretAccessKey: expect.any(String),
      Token: expect.any(String),
      RoleArn: ROLE,
    });
  });

  it("are told to come back while STS takes its time", async () => {
    const slow = await startVending();
    try {
      slow.aws.fault({ service: "sts", operation: "AssumeRole", kind: "delay", ms: 60_000, times: 1 });
      const asking = slow.app.request(`http://${HOST}/v1/credentials/task`, {
        headers: { host: HOST, authorization: CONTAINER_TOKEN },
      });
      await expect.poll(() => slow.aws.calls().length + slow.broker.snapshot().roles.length).toBeGreaterThan(0);
      await slow.aws.clock.advance(1_000);
      const response = await asking;
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await response.json()).toMatchObject({ Code: "UNAVAILABLE" });
    } finally {
      await slow.close();
    }
  });
});

describe("operators", () => {
  it("read health, readiness and metrics, which name no caller", async () => {
    await vending.vend("invoke");
    expect(await (await vending.app.request("/healthz")).text()).toBe("ok\n");
    expect(await (await vending.app.request("/readyz")).text()).toBe("ready\n");
    const metrics = await (await vending.app.request("/metrics")).text();
    expect(metrics).toContain('countersign_vend_total{grant="invoke",outcome="ok"}');
    expect(metrics).toContain('countersign_sessions{state="fresh"}');
    expect(metrics).not.toMatch(/alice|arn:aws|ASIA/);
  });

  it("read metrics at a host of the configuration or of this machine, and not by DNS rebinding", async () => {
    const status = async (host: string): Promise<number> =>
      (await vending.app.request(`http://${host}/metrics`, { headers: { host } })).status;
    expect(await status(HOST)).toBe(200);
    expect(await status("127.0.0.1:8080")).toBe(200);
    for (const host of ["evil.example", "127.0.0.1.evil.example", "10.0.0.7"]) expect(await status(host)).toBe(421);
  });

  it("see each vend in the audit trail, by a label instead of a name", async () => {
    vending.events.length = 0;
    await vending.vend("invoke");
    await vending.vend("invoke", { token: "a.b.c" });
    const [ok, denied] = vending.events;
    expect(ok).toMatchObject({ name: "vend.ok", grant: "invoke", subject: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(denied).toMatchObject({ name: "vend.denied", grant: "invoke", code: "TOKEN_REJECTED" });
    expect(JSON.stringify(vending.events)).not.toContain("alice");
  });

  it("drain: what is under way is answered, what comes later is turned away", async () => {
    const leaving = await startVending();
    const asking = leaving.vend("invoke");
    await expect.poll(() => leaving.aws.calls().length).toBeGreaterThan(0);
    const draining = leaving.app.drain();
    expect((await leaving.app.request("/readyz")).status).toBe(503);
    expect((await leaving.vend("invoke")).status).toBe(503);
    expect((await asking).status).toBe(200);
    await draining;
    await leaving.close();
  });
});

describe("an outage of the identity provider", () => {
  it("leaves users signed in for a day", async () => {
    const outage = await startVending();
    try {
      expect((await outage.vend("invoke")).status).toBe(200);
      outage.jwks.down = true;
      await outage.aws.clock.advance(60 * 60_000);
      expect((await outage.vend("invoke")).status).toBe(200);
      await outage.aws.clock.advance(24 * 60 * 60_000);
      expect((await outage.vend("invoke")).status).toBe(503);
    } finally {
      await outage.close();
    }
  });

  it("is not made worse: unknown keys cause two readings a minute at most", async () => {
    const storm = await startVending();
    try {
      await storm.vend("invoke");
      const token = await storm.token({}, { kid: "made-up" });
      for (let attempt = 0; attempt < 10; attempt++) await storm.vend("invoke", { token });
      expect(storm.jwks.reads).toBeLessThanOrEqual(2);
    } finally {
      await storm.close();
    }
  });
});
