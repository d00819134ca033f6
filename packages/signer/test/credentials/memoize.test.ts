import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type {
  AwsCredentials,
  CredentialProvider,
  CredentialRequest,
  Credentials,
} from "../../src/credentials/credentials.ts";
import { SignerError } from "../../src/errors/error.ts";
import type { CountersignEvent } from "../../src/events/event.ts";
import { memoize } from "../../src/credentials/memoize.ts";
import { type HandClock, handClock } from "../clock/hand-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A source whose keys are numbered and live `lifetimeMs`; `answer` may be replaced to fail or to hang. */
function source(clock: HandClock, lifetimeMs = HOUR) {
  const requests: CredentialRequest[] = [];
  const fresh = (): AwsCredentials => ({
    accessKeyId: `ASIA${requests.length}`,
    secretAccessKey: `secret-of-${requests.length}`,
    sessionToken: `token-of-${requests.length}`,
    expiration: new Date(clock.now() + lifetimeMs),
  });
  const self = {
    requests,
    fresh,
    answer: (): Promise<AwsCredentials> | AwsCredentials => fresh(),
    provider: (async (request?: CredentialRequest) => {
      requests.push(request ?? {});
      return self.answer();
    }) as CredentialProvider,
    get calls() {
      return requests.length;
    },
  };
  return self;
}

/** A server that says twice that the machine is off by so much. */
function learn(clock: HandClock, ms: number): void {
  const at = clock.wall();
  for (let i = 0; i < 2; i++) clock.observe({ date: new Date(at + ms), sentAt: at, receivedAt: at });
}

/** Lets background work finish: everything here is promises. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function outage(): Promise<never> {
  return Promise.reject(Object.assign(new Error("STS is down"), { code: "ServiceUnavailable" }));
}

describe("memoize", () => {
  it("asks once however many wait (segmentio/action-destinations#3909: throttled by its own stampede)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const all = await Promise.all(Array.from({ length: 500 }, () => credentials()));
    expect(sts.calls).toBe(1);
    expect(new Set(all).size).toBe(1);
  });

  it("asks once per lifetime however many requests follow (aws/aws-sdk-js-v3#2107)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    for (let minute = 0; minute < 40; minute++) {
      for (let i = 0; i < 20; i++) await credentials();
      clock.advance(MINUTE);
    }
    expect(sts.calls).toBe(1);
  });

  it("hands out the very object of the source, also through peek", async () => {
    const clock = handClock();
    const fixed = { accessKeyId: "ASIA", secretAccessKey: "s", expiration: new Date(clock.now() + HOUR) };
    const credentials = memoize(async () => fixed, { clock });
    expect(credentials.peek()).toBeUndefined();
    expect(await credentials()).toBe(fixed);
    expect(credentials.peek()).toBe(fixed);
    expect(credentials.memoized).toBe(true);
  });

  it("reads `provider` once: a getter may answer otherwise the second time", async () => {
    const fixed = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
    let reads = 0;
    const given = {
      ...fixed,
      accessKeyId: "AKIDOTHER",
      get provider() {
        return reads++ === 0 ? async () => fixed : undefined;
      },
    };
    const provider = memoize(given);
    expect(provider.peek()).toBeUndefined();
    expect((await provider()).accessKeyId).toBe("AKIDEXAMPLE");
    expect(reads).toBe(1);
  });

  it("takes fixed credentials in `provider`, at once", () => {
    const fixed = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
    expect(memoize({ provider: fixed } as unknown as Parameters<typeof memoize>[0]).peek()).toBe(fixed);
  });

  it.each<[string, () => object]>([
    [
      "is its own provider",
      () => {
        const one: { provider?: object } = {};
        one.provider = one;
        return one;
      },
    ],
    [
      "is the provider of its provider",
      () => {
        const one: { provider?: object } = {};
        one.provider = { provider: one };
        return one;
      },
    ],
    [
      "nests providers without end",
      () => Array.from({ length: 100_000 }).reduce<object>((provider) => ({ provider }), { accessKeyId: "AKID" }),
    ],
  ])("refuses an object that %s, by a typed error", (_what, make) => {
    expect(() => memoize(make() as never)).toThrow(expect.objectContaining({ name: "SignerError" }));
  });

  it.each([{ provider: "text" }, { provider: 7 }, "text", null, undefined])("refuses %j at once", (given) => {
    expect(() => memoize(given as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("renews in the background ahead of expiry: no caller waits", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const first = await credentials();
    clock.advance(46 * MINUTE);
    sts.answer = () => new Promise(() => undefined);
    expect(await credentials()).toBe(first);
    expect(await credentials()).toBe(first);
    expect(credentials.peek()).toBe(first);
    expect(sts.calls).toBe(2);
  });

  it("renews in the background when only peek is used, and not before the window", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    await credentials();
    clock.advance(38 * MINUTE);
    credentials.peek();
    expect(sts.calls).toBe(1);
    clock.advance(8 * MINUTE);
    expect(credentials.peek()?.accessKeyId).toBe("ASIA1");
    await settle();
    expect(credentials.peek()?.accessKeyId).toBe("ASIA2");
    clock.advance(2 * HOUR);
    expect(credentials.peek()).toBeUndefined();
    await settle();
    expect(credentials.peek()?.accessKeyId).toBe("ASIA3");
  });

  it("waits for the renewal in the last minute", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    await credentials();
    clock.advance(59.5 * MINUTE);
    expect((await credentials()).accessKeyId).toBe("ASIA2");
    expect(clock.sleepers).toBe(0);
  });

  it("never throws while it holds unexpired credentials (boto/botocore#3733)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const first = await credentials();
    sts.answer = outage;
    for (let second = 0; second < 3600; second += 5) {
      expect(await credentials()).toBe(first);
      await settle();
      clock.advance(5000);
    }
    // The window opens 15 to 20 minutes before expiry and holds some 25 attempts.
    expect(sts.calls).toBeGreaterThan(10);
    expect(sts.calls).toBeLessThan(60);
    await expect(credentials()).rejects.toThrow("STS is down");
  });

  it("does not let a source that hangs hold up requests for all the time that is left", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const first = await credentials();
    clock.advance(59.5 * MINUTE);
    sts.answer = () => new Promise(() => undefined);
    let waited = false;
    const waiting = credentials().finally(() => (waited = true));
    await settle();
    clock.advance(14_999);
    await settle();
    expect(waited).toBe(false);
    clock.advance(1);
    expect(await waiting).toBe(first);
    expect(clock.sleepers).toBe(0);
  });

  it("never hands out expired credentials (mulgadc/spinifex#995)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const first = await credentials();
    clock.advance(HOUR);
    sts.answer = () => first;
    expect(credentials.peek()).toBeUndefined();
    await expect(credentials()).rejects.toMatchObject({ name: "SignerError", code: "CREDENTIALS_EXPIRED" });
    await expect(credentials()).rejects.toThrow(/2026-05-21T13:00:00.000Z/);
  });

  it("is not poisoned by a failure: each later call asks again", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    sts.answer = outage;
    const failures = await Promise.allSettled([credentials(), credentials(), credentials()]);
    expect(failures.every(({ status }) => status === "rejected")).toBe(true);
    expect(sts.calls).toBe(1);
    sts.answer = sts.fresh;
    expect((await credentials()).accessKeyId).toBe("ASIA2");
  });

  it("is not poisoned by a source that throws instead of rejecting", async () => {
    let calls = 0;
    const credentials = memoize(() => {
      if (++calls === 1) throw new Error("thrown");
      return Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "s" });
    });
    await expect(credentials()).rejects.toThrow("thrown");
    expect((await credentials()).accessKeyId).toBe("AKID");
  });

  it("passes the source's own error through unchanged", async () => {
    const error = Object.assign(new Error("no"), { name: "CredentialsProviderError", tryNextLink: true });
    await expect(memoize(() => Promise.reject(error))()).rejects.toBe(error);
  });

  it("ends only the wait of the caller who aborts", async () => {
    const clock = handClock();
    const sts = source(clock);
    let answer: (credentials: AwsCredentials) => void = () => undefined;
    sts.answer = () => new Promise((resolve) => (answer = resolve));
    const credentials = memoize(sts.provider, { clock });
    const controller = new AbortController();
    const impatient = credentials({ signal: controller.signal });
    const patient = credentials();
    await settle();
    controller.abort(new Error("gone"));
    await expect(impatient).rejects.toThrow("gone");
    answer(sts.fresh());
    expect((await patient).accessKeyId).toBe("ASIA1");
    expect(sts.calls).toBe(1);
    expect(clock.sleepers).toBe(0);
    await expect(credentials({ signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
  });

  it("leaves no listener on a signal that outlives the call (nodejs/node#54614)", async () => {
    const clock = handClock();
    const credentials = memoize(source(clock).provider, { clock });
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await credentials({ signal });
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it("throws an abort in the last minute although credentials are held", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    await credentials();
    clock.advance(59.5 * MINUTE);
    sts.answer = () => new Promise(() => undefined);
    const controller = new AbortController();
    const waiting = credentials({ signal: controller.signal });
    await settle();
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });

  describe("minTtlMs", () => {
    it("is a wish: 10,000 presigns of 12 h on sessions of 1 h ask at most once a minute", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      for (let i = 0; i < 10_000; i++) {
        await credentials({ minTtlMs: 12 * HOUR });
        clock.advance(120);
      }
      expect(sts.calls).toBeGreaterThan(1);
      expect(sts.calls).toBeLessThanOrEqual(21);
    });

    it("refreshes only when that could help: below nine tenths of the lifetime", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials({ minTtlMs: 12 * HOUR });
      clock.advance(5 * MINUTE);
      await credentials({ minTtlMs: 12 * HOUR });
      expect(sts.calls).toBe(1);
      await credentials({ minTtlMs: 50 * MINUTE });
      expect(sts.calls).toBe(1);
      clock.advance(2 * MINUTE);
      const { expiration } = await credentials({ minTtlMs: 12 * HOUR });
      expect(sts.calls).toBe(2);
      expect(sts.requests[1]).toMatchObject({ minTtlMs: 12 * HOUR });
      expect(expiration?.getTime()).toBe(clock.now() + HOUR);
    });

    it("asks at most once a minute for sessions so short that more could help", async () => {
      const clock = handClock();
      const sts = source(clock, 3 * MINUTE);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      for (let second = 0; second < 600; second += 5) {
        clock.advance(5000);
        await credentials({ minTtlMs: HOUR });
        await settle();
      }
      expect(sts.calls).toBeGreaterThan(8);
      expect(sts.calls).toBeLessThanOrEqual(12);
    });

    it("returns what is held when the refresh fails", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      const first = await credentials();
      clock.advance(30 * MINUTE);
      sts.answer = outage;
      expect(await credentials({ minTtlMs: 45 * MINUTE })).toBe(first);
    });
  });

  it("honours forceRefresh at most once in five seconds (aws/aws-sdk-js-v3#6960)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    await credentials();
    for (let i = 0; i < 10; i++) await credentials({ forceRefresh: true });
    expect(sts.calls).toBe(2);
    expect(sts.requests[1]?.forceRefresh).toBe(true);
    clock.advance(5000);
    expect((await credentials({ forceRefresh: true })).accessKeyId).toBe("ASIA3");
  });

  describe("invalidate", () => {
    it("ignores a key that is not the one held: a late answer must not drop newer credentials", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      const first = await credentials();
      credentials.invalidate({ accessKeyId: "ASIAOLD", reason: "revoked" });
      expect(credentials.peek()).toBe(first);
      credentials.invalidate({ accessKeyId: "ASIA1", reason: "rejected" });
      expect((await credentials()).accessKeyId).toBe("ASIA2");
      credentials.invalidate({ accessKeyId: "ASIA1", reason: "rejected" });
      expect((await credentials()).accessKeyId).toBe("ASIA2");
      expect(sts.calls).toBe(2);
    });

    it("refreshes a rejected key at once and keeps it when that fails", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      const first = await credentials();
      sts.answer = outage;
      credentials.invalidate({ accessKeyId: "ASIA1", reason: "rejected" });
      expect(await credentials()).toBe(first);
      expect(sts.calls).toBe(2);
      expect(await credentials()).toBe(first);
      expect(sts.calls).toBe(2);
      clock.advance(7 * MINUTE);
      sts.answer = sts.fresh;
      expect((await credentials()).accessKeyId).toBe("ASIA3");
    });

    it("refreshes a rejected key at once although an earlier refresh had failed", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      sts.answer = outage;
      await credentials({ forceRefresh: true });
      sts.answer = sts.fresh;
      clock.advance(5000);
      await credentials({ forceRefresh: true });
      credentials.invalidate({ accessKeyId: "ASIA3", reason: "rejected" });
      expect((await credentials()).accessKeyId).toBe("ASIA4");
    });

    it("does not call the source once per request when a service turns down every key", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      for (let i = 0; i < 600; i++) {
        const { accessKeyId } = await credentials();
        credentials.invalidate({ accessKeyId, reason: "rejected" });
        clock.advance(100);
      }
      expect(sts.calls).toBeLessThanOrEqual(4);
      const before = sts.calls;
      clock.advance(6 * MINUTE);
      await credentials();
      expect(sts.calls).toBe(before + 1);
    });

    it("drops a revoked key at once and never hands it out again", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      const first = await credentials();
      expect(credentials.peek()).toBe(first);
      credentials.invalidate({ accessKeyId: "ASIA1", reason: "revoked" });
      expect(credentials.peek()).toBeUndefined();
      sts.answer = () => first;
      await expect(credentials()).rejects.toMatchObject({ code: "CREDENTIALS_UNAVAILABLE" });
      expect(sts.requests[1]?.forceRefresh).toBe(true);
      sts.answer = sts.fresh;
      expect((await credentials()).accessKeyId).toBe("ASIA3");
    });

    it("gives waiting callers a new key when the cached one is revoked meanwhile", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      clock.advance(59.5 * MINUTE);
      let fail: (error: Error) => void = () => undefined;
      sts.answer = () => new Promise((_, reject) => (fail = reject));
      const waiting = credentials();
      await settle();
      credentials.invalidate({ accessKeyId: "ASIA1", reason: "revoked" });
      sts.answer = sts.fresh;
      fail(new Error("STS is down"));
      await expect(waiting).rejects.toThrow("STS is down");
      expect((await credentials()).accessKeyId).toBe("ASIA3");
    });
  });

  describe("time", () => {
    it("notices that the machine slept through the expiry", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      clock.suspend(8 * HOUR);
      expect(credentials.peek()).toBeUndefined();
      expect((await credentials()).accessKeyId).toBe("ASIA2");
    });

    it("notices that the wall clock was set back", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      clock.advance(50 * MINUTE);
      clock.jump(-HOUR);
      clock.advance(11 * MINUTE);
      expect(credentials.peek()).toBeUndefined();
    });

    it("looks at the monotonic clock every ten seconds, not for every signature", async () => {
      const clock = handClock();
      const monotonic = vi.spyOn(clock, "monotonic");
      const credentials = memoize(source(clock).provider, { clock });
      await credentials();
      credentials.peek();
      const before = monotonic.mock.calls.length;
      for (let i = 0; i < 999; i++) {
        clock.advance(10);
        expect(credentials.peek()?.accessKeyId).toBe("ASIA1");
      }
      expect(monotonic).toHaveBeenCalledTimes(before);
      clock.advance(10);
      credentials.peek();
      expect(monotonic.mock.calls.length).toBeGreaterThan(before);
    });

    it("notices the clock set back although it was looked at a moment ago", async () => {
      const clock = handClock();
      const credentials = memoize(source(clock).provider, { clock });
      await credentials();
      clock.advance(30 * MINUTE);
      expect(credentials.peek()).toBeDefined();
      clock.jump(-HOUR);
      clock.advance(31 * MINUTE);
      expect(credentials.peek()).toBeUndefined();
    });

    it("survives a wall clock set forward by an hour with one more refresh", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      await credentials();
      clock.jump(HOUR);
      await credentials();
      await credentials();
      expect(sts.calls).toBe(2);
    });

    it("renews by a correction, and never refuses for one what the machine's own clock finds valid", async () => {
      const clock = handClock();
      const sts = source(clock);
      const credentials = memoize(sts.provider, { clock });
      const first = await credentials();
      learn(clock, 50 * MINUTE);
      expect(credentials.peek()).toBe(first);
      await settle();
      expect(sts.calls).toBe(2);
      sts.answer = outage;
      learn(clock, 3 * HOUR);
      clock.advance(30 * MINUTE);
      expect(credentials.peek()?.accessKeyId).toBe("ASIA2");
    });
  });

  it("asks a source that keeps answering the same ever more rarely, not on every call", async () => {
    const clock = handClock();
    const sts = source(clock);
    const credentials = memoize(sts.provider, { clock });
    const first = await credentials();
    sts.answer = () => ({ ...first });
    clock.advance(46 * MINUTE);
    for (let second = 0; second < 13 * 60; second++) {
      expect(await credentials()).toBe(first);
      await settle();
      clock.advance(1000);
    }
    expect(sts.calls).toBeLessThan(30);
  });

  describe("fixed credentials", () => {
    it("are there at once", async () => {
      const fixed = Object.freeze({ accessKeyId: "AKID", secretAccessKey: "s" });
      const credentials = memoize(fixed);
      expect(credentials.peek()).toBe(fixed);
      expect(await credentials({ forceRefresh: true, minTtlMs: HOUR })).toBe(fixed);
    });

    it("end with their expiry, and with their revocation", async () => {
      const clock = handClock();
      const fixed = { accessKeyId: "ASIA", secretAccessKey: "s", expiration: new Date(clock.now() + MINUTE) };
      const credentials = memoize(fixed, { clock });
      clock.advance(59_000);
      expect(await credentials()).toBe(fixed);
      clock.advance(1000);
      expect(credentials.peek()).toBeUndefined();
      await expect(credentials()).rejects.toMatchObject({ code: "CREDENTIALS_EXPIRED" });

      const other = memoize({ accessKeyId: "AKID", secretAccessKey: "s" });
      other.invalidate({ accessKeyId: "AKID", reason: "revoked" });
      expect(other.peek()).toBeUndefined();
      await expect(other()).rejects.toMatchObject({ code: "CREDENTIALS_UNAVAILABLE" });
    });
  });

  it("takes an object that carries a provider, as a broker role does", async () => {
    const answer = { accessKeyId: "AKID", secretAccessKey: "s" };
    expect(await memoize({ provider: async () => answer })()).toBe(answer);
  });

  describe("a provider that is memoized already", () => {
    it("is called through with the caller's own request, never wrapped in a second cache", async () => {
      const answer = { accessKeyId: "AKID", secretAccessKey: "s" };
      const seen: unknown[] = [];
      const inner = Object.assign(
        async (request?: CredentialRequest) => {
          seen.push(request);
          return answer;
        },
        { memoized: true, peek: () => answer, invalidate: vi.fn<(o: unknown) => void>() },
      );
      const credentials = memoize({ provider: inner });
      expect(credentials.memoized).toBe(true);
      const request = { minTtlMs: 5 };
      expect(await credentials(request)).toBe(answer);
      await credentials(request);
      expect(seen).toEqual([request, request]);
      expect(credentials.peek()).toBe(answer);
      credentials.invalidate({ accessKeyId: "AKID", reason: "rejected" });
      expect(inner.invalidate).toHaveBeenCalledWith({ accessKeyId: "AKID", reason: "rejected" });
    });

    it("may lack peek and invalidate", () => {
      const credentials = memoize(
        Object.assign(async () => ({ accessKeyId: "AKID", secretAccessKey: "s" }), { memoized: true }),
      );
      expect(credentials.peek()).toBeUndefined();
      expect(() => credentials.invalidate({ accessKeyId: "AKID", reason: "revoked" })).not.toThrow();
    });

    it("is memoize's own work too: memoizing twice makes no second cache", async () => {
      const clock = handClock();
      const sts = source(clock);
      const twice = memoize(memoize(sts.provider, { clock }));
      await twice();
      await twice();
      expect(sts.calls).toBe(1);
    });
  });

  describe("refuses", () => {
    it.each([
      ["nothing", undefined, "CREDENTIALS_UNAVAILABLE", /answered nothing/],
      ["null", null, "CREDENTIALS_UNAVAILABLE", /answered nothing/],
      ["no key id", { secretAccessKey: "hush" }, "INVALID_ACCESS_KEY", /accessKeyId: must be/],
      ["an empty key id", { accessKeyId: "", secretAccessKey: "hush" }, "INVALID_ACCESS_KEY", /accessKeyId: must be/],
      ["no secret", { accessKeyId: "AKID" }, "INVALID_ACCESS_KEY", /secretAccessKey: must be/],
      [
        "an Invalid Date",
        { accessKeyId: "AKID", secretAccessKey: "hush", expiration: new Date("soon") },
        "INVALID_DATE",
        /expiration: must be/,
      ],
      [
        "an expiry that is text",
        { accessKeyId: "AKID", secretAccessKey: "hush", expiration: "2026-05-21T12:00:00Z" },
        "INVALID_DATE",
        /expiration: must be/,
      ],
    ])("a provider that answers %s", async (_, answer, code, message) => {
      for (const memoized of [false, true]) {
        const provider = Object.assign(async () => answer as unknown as AwsCredentials, { memoized });
        const error: unknown = await memoize(provider)().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(SignerError);
        expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
        expect(inspect(error)).not.toContain("hush");
      }
    });

    it.each([undefined, null, 7, "AKID"])("%s as credentials", (credentials) => {
      expect(() => memoize(credentials as unknown as Credentials)).toThrow(SignerError);
    });

    it("a promise of credentials, and says what to do", () => {
      const promised = Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "hush" }) as unknown as Credentials;
      expect(() => memoize(promised)).toThrow(/^accessKeyId: .*; await credentials that are a promise$/);
    });

    it("fixed credentials without a secret, at once", () => {
      expect(() => memoize({ accessKeyId: "AKID", secretAccessKey: "" })).toThrow(/secretAccessKey: must be/);
    });
  });

  it("reports its refreshes, without a secret (aws/aws-sdk-js-v3#4674)", async () => {
    const clock = handClock();
    const sts = source(clock);
    const events: CountersignEvent[] = [];
    const credentials = memoize(sts.provider, { clock, onEvent: (event) => events.push(event) });
    await credentials();
    clock.advance(50 * MINUTE);
    sts.answer = outage;
    await credentials();
    await settle();
    expect(events.map(({ name }) => name)).toEqual([
      "credentials.refresh.start",
      "credentials.refresh.ok",
      "credentials.refresh.start",
      "credentials.refresh.fail",
      "credentials.refresh.static",
    ]);
    expect(events[2]).toMatchObject({ key: "ASIA1", reason: "advisory" });
    expect(events[1]).toMatchObject({ key: "ASIA1", durationMs: 0, expiresAt: new Date(clock.now() + 10 * MINUTE) });
    expect(events[3]).toMatchObject({ code: "ServiceUnavailable", durationMs: 0 });
    expect(events[4]).toMatchObject({ remainingMs: 10 * MINUTE });
    expect(inspect([events, credentials], { depth: 9, showHidden: true })).not.toMatch(/secret-of|token-of/);
  });

  it("holds its promises over any course of events", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 30 * MINUTE }) }),
      fc.record({ kind: fc.constant("call" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("fail" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("heal" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("reject" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("wish" as const), ms: fc.integer({ min: 1, max: 12 * HOUR }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: MINUTE, max: 12 * HOUR }),
        async (steps, life) => {
          const clock = handClock();
          const sts = source(clock, life);
          const credentials = memoize(sts.provider, { clock });
          let last = await credentials();
          for (const { kind, ms } of steps) {
            if (kind === "advance") clock.advance(ms);
            if (kind === "fail") sts.answer = outage;
            if (kind === "heal") sts.answer = sts.fresh;
            if (kind === "reject") credentials.invalidate({ accessKeyId: last.accessKeyId, reason: "rejected" });
            if (kind !== "call" && kind !== "wish") continue;
            const callsBefore = sts.calls;
            const wasValid = (last.expiration?.getTime() ?? 0) > clock.now();
            const [outcome] = await Promise.allSettled([credentials({ minTtlMs: ms }), credentials(), credentials()]);
            const answered = outcome.status === "fulfilled";
            if (answered) last = outcome.value;
            expect(answered || !wasValid).toBe(true);
            expect(answered && (last.expiration?.getTime() ?? 0) <= clock.now()).toBe(false);
            expect(sts.calls - callsBefore).toBeLessThanOrEqual(1);
            await settle();
            last = credentials.peek() ?? last;
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
