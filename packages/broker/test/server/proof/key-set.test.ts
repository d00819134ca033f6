import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createManualClock } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { exportJWK, generateKeyPair, type JWSHeaderParameters } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createKeySet } from "../../../src/server/proof/key-set.ts";
import { keysAt, keysIn } from "../../../src/server/proof/key-source.ts";

const url = new URL("https://id.example.com/jwks");
const header = { alg: "ES256", kid: "k1" };
let keys: object[];
beforeAll(async () => {
  const { publicKey } = await generateKeyPair("ES256");
  keys = [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }];
});

function setUp(first: () => Response | Promise<Response>) {
  const clock = createManualClock(Date.UTC(2026, 0, 2));
  const provider = { answer: first, reads: 0 };
  const source = keysAt(url, async () => {
    provider.reads += 1;
    return provider.answer();
  });
  const told: (string | undefined)[] = [];
  const find = createKeySet(source, clock, (failure) => told.push(failure));
  /** By default for a token of this moment. */
  const keySet = Object.assign((of: JWSHeaderParameters, issuedAt: number = clock.wall()) => find(of, () => issuedAt), {
    warm: () => find.warm(),
  });
  return { clock, provider, keySet, told };
}
const good = () => Response.json({ keys });

it("an endless answer is stopped while it streams", async () => {
  let produced = 0;
  let cancelled = false;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          produced += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(0x20));
        },
        cancel() {
          cancelled = true;
        },
      }),
    );
  const { keySet } = setUp(endless);
  await expect(keySet(header)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(produced).toBeLessThan(1_000_000);
  expect(cancelled).toBe(true);
});

it.each<[string, () => Response]>([
  ["an empty set", () => Response.json({ keys: [] })],
  ["a set of keys that cannot verify", () => Response.json({ keys: [null, {}, { kty: "oct", k: "c2VjcmV0" }] })],
  ["a set without keys", () => Response.json({})],
  ["a list", () => Response.json([])],
  ["null", () => Response.json(null)],
  ["HTML", () => new Response("<html>")],
  ["2,000 keys", () => Response.json({ keys: Array.from({ length: 2000 }, () => ({ kty: "EC" })) })],
  ["status 503", () => new Response("", { status: 503 })],
])("%s does not replace the last good set", async (_, bad) => {
  const { clock, provider, keySet } = setUp(good);
  await expect(keySet(header)).resolves.toBeDefined();
  provider.answer = bad;
  await clock.advance(11 * 60_000);
  for (let minute = 0; minute < 30; minute++) {
    await expect(keySet(header)).resolves.toBeDefined();
    await clock.advance(60_000);
  }
  expect(provider.reads).toBeGreaterThan(10);
  provider.answer = good;
  await expect(keySet(header)).resolves.toBeDefined();
});

it("a failed first reading is tried again within two seconds, and a lasting outage less and less often", async () => {
  const { clock, provider, keySet } = setUp(() => new Response("", { status: 503 }));
  await expect(keySet(header)).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfterSeconds: 2 });
  await expect(keySet(header)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(provider.reads).toBe(1);
  await clock.advance(1000);
  provider.answer = good;
  await expect(keySet(header)).resolves.toBeDefined();
  expect(provider.reads).toBe(2);

  const outage = setUp(() => new Response("", { status: 503 }));
  for (let second = 0; second < 300; second++) {
    await outage.keySet(header).catch(() => undefined);
    await outage.clock.advance(1000);
  }
  expect(outage.provider.reads).toBeGreaterThan(8);
  expect(outage.provider.reads).toBeLessThan(20);
});

it("unknown key ids cause one reading in ten seconds", async () => {
  const { clock, provider, keySet } = setUp(good);
  await keySet(header);
  for (let second = 0; second < 60; second++) {
    await keySet({ ...header, kid: `made-up-${second}` }).catch(() => undefined);
    await clock.advance(1000);
  }
  expect(provider.reads).toBeLessThanOrEqual(7);
});

/** A set whose readings were used up by an invented key id, and a key that its provider made since. */
async function usedUp() {
  const all = setUp(good);
  await all.keySet(header);
  await all.clock.advance(60_000);
  await expect(all.keySet({ ...header, kid: "made-up" })).rejects.toThrow(/no applicable key/u);
  await all.clock.advance(1000);
  const { publicKey } = await generateKeyPair("ES256");
  const rotated = [...keys, { ...(await exportJWK(publicKey)), kid: "k2", alg: "ES256" }];
  all.provider.answer = () => Response.json({ keys: rotated });
  return { ...all, next: { alg: "ES256", kid: "k2" } };
}

describe("kind: limits never punish a valid proof: a key that the provider made since", () => {
  it("is told to come back, and is found then, however many invented key ids come between", async () => {
    const { clock, keySet, provider, next } = await usedUp();
    await expect(keySet(next)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: 9 });
    for (let second = 0; second < 9; second++) {
      await expect(keySet({ ...header, kid: `made-up-${second}` })).rejects.toMatchObject({
        code: "TOO_MANY_REQUESTS",
      });
      await clock.advance(1000);
    }
    expect(provider.reads).toBe(2);
    await expect(keySet(next)).resolves.toBeDefined();
  });

  it.each([
    ["an invented key id", 20_000, { ...header, kid: "made-up" }],
    ["the age of the keys", 660_000, header],
    ["another caller with a key that is made later", 20_000, { ...header, kid: "k3" }],
  ])("is not missed in a reading that %s began before it was made", async (_, waitMs, first) => {
    const { clock, keySet, provider, next } = await usedUp();
    const rotated = provider.answer;
    let end: (answer: Response) => void = () => undefined;
    provider.answer = () => new Promise((resolve) => (end = resolve));
    await clock.advance(waitMs);
    const beginner = keySet(first).catch((error: unknown) => error);
    await vi.waitUntil(() => provider.reads === 3);
    await clock.advance(1000);
    const caller = keySet(next).catch((error: unknown) => error);
    await clock.advance(0);
    provider.answer = rotated;
    end(good());
    expect(await caller).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: 9 });
    await beginner;
    expect(provider.reads).toBe(3);
    await clock.advance(9000);
    await expect(keySet(next)).resolves.toBeDefined();
  });

  it.each([
    ["back", -3_600_000],
    ["forward", 3_600_000],
  ])("is found after this machine's clock was set %s", async (_, ms) => {
    const { clock, keySet, next } = await usedUp();
    clock.jump(ms);
    await expect(keySet(next)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: 9 });
    await clock.advance(9000);
    await expect(keySet(next)).resolves.toBeDefined();
  });

  it("is no reason to reject a token while newer keys cannot be read", async () => {
    const { clock, keySet, provider, next } = await usedUp();
    provider.answer = () => new Response("", { status: 503 });
    await clock.advance(10_000);
    await expect(keySet(next)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(keySet(next)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("cannot be that of a token which is older than the keys: no reading, and no word of a later try", async () => {
    const { clock, keySet, provider } = await usedUp();
    await clock.advance(120_000);
    for (const issuedAt of [clock.wall() - 300_000, -1, Number.NaN, -Infinity]) {
      await expect(keySet({ ...header, kid: "made-up" }, issuedAt)).rejects.toThrow(/no applicable key/u);
    }
    expect(provider.reads).toBe(2);
  });
});

it("all callers that come with a new key at once wait for one reading, and a bounded number of them", async () => {
  const { clock, provider, keySet } = setUp(good);
  await keySet(header);
  await clock.advance(60_000);
  const { publicKey } = await generateKeyPair("ES256");
  const rotated = [...keys, { ...(await exportJWK(publicKey)), kid: "k2", alg: "ES256" }];
  let answer = (): void => undefined;
  provider.answer = () => new Promise((resolve) => (answer = () => resolve(Response.json({ keys: rotated }))));
  const callers = Array.from({ length: 400 }, () => keySet({ alg: "ES256", kid: "k2" }));
  const settled = Promise.allSettled(callers);
  await expect.poll(() => provider.reads).toBe(2);
  // Others are not delayed.
  await keySet(header);
  answer();
  const results = await settled;
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(256);
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  expect(reasons).toEqual(Array.from({ length: 144 }, () => expect.objectContaining({ code: "TOO_MANY_REQUESTS" })));
  expect(provider.reads).toBe(2);
});

it("tells when readings begin to fail, why, when the reason changes, and when they succeed again", async () => {
  const { clock, provider, keySet, told } = setUp(good);
  await keySet.warm();
  expect(told).toEqual([]);
  const after = async (answerOf: () => Response, count: number): Promise<void> => {
    provider.answer = answerOf;
    const { reads } = provider;
    while (provider.reads === reads) {
      await clock.advance(11 * 60_000);
      await keySet(header);
    }
    await expect.poll(() => told.length).toBe(count);
  };
  await after(() => new Response("", { status: 503 }), 1);
  await after(() => new Response("", { status: 503 }), 1);
  expect(told).toEqual(["the answer must have status 200, not 503"]);
  await after(() => new Response("<html>"), 2);
  await after(() => Response.json({ keys: [] }), 3);
  await after(() => new Response("x".repeat(300_000)), 4);
  await after(good, 5);
  expect(told.slice(1)).toEqual([
    "they must be JSON",
    "they must have 1-500 public keys",
    "the answer must be at most 262144 bytes",
    undefined,
  ]);
});

it.each([301, 302, 303, 307, 308])(
  "does not follow a redirect with status %i, and tells the operator",
  async (status) => {
    await using transport = createTransport({ allowLoopbackHttp: true });
    let asked = 0;
    const server = http.createServer((_, answer) => {
      asked += 1;
      answer.writeHead(status, { location: "/keys" }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const jwksUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const told: (string | undefined)[] = [];
      await createKeySet(keysAt(jwksUrl, transport.fetch), createManualClock(), (failure) => told.push(failure)).warm();
      expect(told).toEqual([`the answer must have status 200, not ${status}`]);
      expect(asked).toBe(1);
    } finally {
      server.close();
    }
  },
);

it("a pipe in the place of a key file is refused, and keeps no thread of the process", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-keys-"));
  const file = path.join(folder, "keys");
  execFileSync("mkfifo", [file]);
  const clock = createManualClock(Date.UTC(2026, 0, 2));
  const told: (string | undefined)[] = [];
  const find = createKeySet(keysIn(file), clock, (failure) => told.push(failure));
  await find.warm();
  expect(told).toEqual(["it must be a file"]);
  rmSync(folder, { recursive: true });
});

it.each<[string, (key: object) => object]>([
  ["cannot be imported", (key) => ({ ...key, x: "AA" })],
  ["is private", (key) => ({ ...key, d: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE" })],
])("the upstream's fault is not the caller's: a key of the provider that %s", async (_, spoil) => {
  const { keySet } = setUp(() => Response.json({ keys: keys.map(spoil) }));
  await expect(keySet(header)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
