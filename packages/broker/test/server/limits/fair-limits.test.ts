import { performance } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { createRemoteAddress, parseBlock } from "../../../src/server/limits/remote-address.ts";
import { CONTAINER_TOKEN, HOST, ORIGIN, startVending, type Vending } from "../fixture.ts";

const LOAD_BALANCER = "10.0.0.7";
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

async function vend(
  vending: Vending,
  o: { sub: string; peer?: string; token?: string; forwardedFor?: string },
): Promise<number> {
  const response = await vending.app.request(
    `https://${HOST}/v1/vend/invoke`,
    {
      method: "POST",
      headers: {
        host: HOST,
        origin: ORIGIN,
        authorization: `Bearer ${o.token ?? (await vending.token({ sub: o.sub }))}`,
        ...(o.forwardedFor !== undefined && { "x-forwarded-for": o.forwardedFor }),
      },
    },
    from(o.peer ?? "198.51.100.1"),
  );
  return response.status;
}

const tally = (statuses: readonly number[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe("limits never punish a valid proof", () => {
  it("after 20, and after 200, wrong tokens of the same address", async () => {
    const vending = await startVending();
    try {
      const wrong: number[] = [];
      const valid: number[] = [];
      for (let attempt = 0; attempt < 200; attempt++) {
        wrong.push(await vend(vending, { sub: "mallory", token: "a.b.c" }));
        if (attempt === 20) valid.push(await vend(vending, { sub: "alice" }));
      }
      expect(valid).toEqual([200]);
      expect(tally(wrong)).toEqual({ 401: 20, 429: 180 });
      expect(await vend(vending, { sub: "alice" })).toBe(200);
      // A flood does not fill the audit trail, and what is left out is counted.
      expect(vending.events.filter(({ name }) => name === "vend.denied").length).toBeLessThanOrEqual(21);
      const metrics = await (await vending.app.request("/metrics")).text();
      expect(metrics).toMatch(/countersign_vend_unreported_total 1[78]\d/u);
    } finally {
      await vending.close();
    }
  });

  it("of 300 users behind one address", { timeout: 120_000 }, async () => {
    const vending = await startVending();
    try {
      const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
      expect(tally(await Promise.all(users.map((sub) => vend(vending, { sub }))))).toEqual({ 200: 300 });
    } finally {
      await vending.close();
    }
  });

  it("of 1,000 users of one grant at once, from a cold start, behind one address", { timeout: 120_000 }, async () => {
    const vending = await startVending();
    try {
      const tokens = await Promise.all(
        Array.from({ length: 1000 }, (_, index) => vending.token({ sub: `user-${index}` })),
      );
      const answers = Promise.all(tokens.map((token, index) => vend(vending, { sub: `user-${index}`, token })));
      const done = { at: false };
      void answers.then(() => (done.at = true));
      // The limits are by the broker's clock: five seconds of it are enough.
      let advancedMs = 0;
      while (!done.at && advancedMs < 5000) {
        const before = vending.aws.calls({ operation: "AssumeRole" }).length;
        const busy = performance.eventLoopUtilization();
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (vending.aws.calls({ operation: "AssumeRole" }).length > before) continue;
        // Without calls, a process that computes is not waiting for the clock: on a slow machine it still signs and verifies.
        if (!done.at && performance.eventLoopUtilization(busy).utilization > 0.5) continue;
        await vending.aws.clock.advance(50);
        advancedMs += 50;
      }
      expect(tally(await answers)).toEqual({ 200: 1000 });
      expect(advancedMs).toBeLessThanOrEqual(5000);
    } finally {
      await vending.close();
    }
  });
});

describe("behind a load balancer", () => {
  it("the caller's address counts, a container is served, and a spoofed address is not believed", async () => {
    const vending = await startVending({ trustedProxies: ["10.0.0.0/8"], limits: { rejectedPerAddress: 2 } });
    const wrong = (forwardedFor: string) =>
      vend(vending, { sub: "m", token: "a.b.c", peer: LOAD_BALANCER, forwardedFor });
    try {
      expect([await wrong("203.0.113.5"), await wrong("203.0.113.5"), await wrong("203.0.113.5")]).toEqual([
        401, 401, 429,
      ]);
      // Another caller behind the same load balancer has limits of its own.
      expect(await wrong("203.0.113.6")).toBe(401);
      // The left part of the header is the caller's own text.
      expect(await wrong("198.51.100.77, 203.0.113.5")).toBe(429);
      const container = await vending.app.request(
        `http://${HOST}/v1/credentials/task`,
        {
          headers: {
            host: HOST,
            authorization: CONTAINER_TOKEN,
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-proto": "https",
          },
        },
        from(LOAD_BALANCER),
      );
      expect(container.status).toBe(200);
      const page = await vending.app.request(
        `http://${HOST}/v1/credentials/task`,
        { headers: { host: HOST, authorization: CONTAINER_TOKEN, "x-forwarded-for": "203.0.113.9", origin: ORIGIN } },
        from(LOAD_BALANCER),
      );
      expect(page.status).toBe(403);
      const direct = await vending.app.request(
        `http://${HOST}/v1/credentials/task`,
        { headers: { host: HOST, authorization: CONTAINER_TOKEN, "x-forwarded-for": "203.0.113.9" } },
        from("203.0.113.9"),
      );
      expect(direct.status).toBe(403);
    } finally {
      await vending.close();
    }
  });

  const address = createRemoteAddress(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]);
  it.each<[string, string | undefined, string | null, string, boolean]>([
    ["no proxy", "203.0.113.5", null, "203.0.113.5", false],
    ["an untrusted peer with the header", "203.0.113.5", "1.2.3.4", "203.0.113.5", false],
    ["one proxy", "10.1.2.3", "203.0.113.5", "203.0.113.5", true],
    ["two proxies", "10.1.2.3", "203.0.113.5, 10.9.9.9", "203.0.113.5", true],
    ["a spoofed first hop", "10.1.2.3", "10.9.9.9, 203.0.113.5", "203.0.113.5", true],
    ["an IPv4 peer as IPv6", "::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5", true],
    ["an IPv6 caller", "fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", true],
    ["a caller with a port", "10.1.2.3", "203.0.113.5:4711", "203.0.113.5", true],
    ["an IPv6 caller with a port", "10.1.2.3", "[2001:db8::1]:443", "2001:db8:0:0::/64", true],
    ["text without an address", "10.1.2.3", "unknown", "10.1.2.3", true],
    ["only proxies", "10.1.2.3", "10.1.1.1, 10.2.2.2", "10.1.2.3", true],
    ["an empty header", "10.1.2.3", "", "10.1.2.3", true],
    ["a header of 1 MB", "10.1.2.3", "1.1.1.1,".repeat(125_000), "10.1.2.3", true],
    ["no address", undefined, "1.2.3.4", "unknown", false],
  ])("with %s", (_, peer, header, limited, proxied) => {
    expect(address(peer, header)).toEqual({ limited, proxied });
  });

  it.each(["10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "host", "10.0.0.0/8/8", "::1/129", "fe80::1%eth0", ""])(
    "%j is not a block",
    (text) => {
      expect(parseBlock(text)).toBeUndefined();
    },
  );
});
