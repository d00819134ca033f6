import type { AwsCredentials, CountersignEvent, MemoizedProvider } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { type Answer, type AttemptedCall, createAttempts, type RetryOptions } from "../../src/attempts.ts";
import { FetchError } from "../../src/errors/fetch-error.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Step = Reply | Error | ((clock: ManualClock) => Reply);

function provider(...keys: string[]): MemoizedProvider & { readonly rejected: string[] } {
  const rejected: string[] = [];
  const held = (): AwsCredentials => ({ accessKeyId: keys[0] ?? "", secretAccessKey: "secret" });
  return Object.assign(async () => held(), {
    memoized: true,
    peek: held,
    rejected,
    invalidate: ({ accessKeyId }: { accessKeyId: string }) => {
      rejected.push(accessKeyId);
      if (accessKeyId === keys[0] && keys.length > 1) keys.shift();
    },
  });
}

function scene(steps: readonly Step[], options: { retry?: RetryOptions | false; credentials?: MemoizedProvider } = {}) {
  const clock = manualClock();
  const events: CountersignEvent[] = [];
  const sent: string[] = [];
  const discarded: Reply[] = [];
  const attempts = createAttempts({
    clock,
    credentials: options.credentials,
    retry: options.retry === false ? false : { random: () => 0.5, ...options.retry },
    onEvent: (event) => events.push(event),
  });
  const call = (change: Partial<AttemptedCall<Reply>> = {}) =>
    attempts.run<Reply>({
      host: "runtime.sagemaker.eu-west-1.amazonaws.com",
      secure: true,
      repeat: "answered",
      async send(attempt) {
        const { accessKeyId } = options.credentials?.peek() ?? { accessKeyId: "AKIDEXAMPLE" };
        attempt.signed({ accessKeyId });
        sent.push(accessKeyId);
        const step = steps[Math.min(sent.length, steps.length) - 1];
        if (step === undefined) throw new Error("nothing to answer");
        if (step instanceof Error) throw step;
        return typeof step === "function" ? step(clock) : step;
      },
      inspect: (reply): Answer => ({
        status: reply.status,
        header: (name) => reply.headers?.[name],
        text: async () => reply.body ?? "",
      }),
      discard: (reply) => void discarded.push(reply),
      ...change,
    });
  return { call, clock, events, sent, discarded };
}

const lost = (sent: boolean): Error => Object.assign(new Error("connection lost"), { code: "CONNECTION_LOST", sent });
const fetchFailed = (cause: unknown): Error => new TypeError("fetch failed", { cause });

describe("what is sent again", () => {
  it("returns a success at once", async () => {
    const { call, sent, clock } = scene([{ status: 200 }]);
    await expect(call()).resolves.toEqual({ status: 200 });
    expect(sent).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  it("retries a 5xx of an invocation and discards what it replaces", async () => {
    const { call, sent, discarded, events } = scene([{ status: 503 }, { status: 500 }, { status: 200 }]);
    await expect(call()).resolves.toEqual({ status: 200 });
    expect(sent).toHaveLength(3);
    expect(discarded.map((reply) => reply.status)).toEqual([503, 500]);
    expect(events.map((event) => event.name)).toEqual(["retry", "retry"]);
    expect(events[0]).toMatchObject({ attempt: 1, delayMs: 25, reason: "transient" });
  });

  it("returns the last HTTP error after the last attempt", async () => {
    const { call, sent } = scene([{ status: 500 }]);
    await expect(call()).resolves.toEqual({ status: 500 });
    expect(sent).toHaveLength(3);
  });

  it("never repeats a ModelError, whatever its method", async () => {
    const model = { status: 424, headers: { "x-amzn-errortype": "ModelError" } };
    for (const repeat of ["always", "answered", "unsent"] as const) {
      const { call, sent } = scene([model, { status: 200 }]);
      expect((await call({ repeat })).status).toBe(424);
      expect(sent).toHaveLength(1);
    }
  });

  it.each([
    [{ status: 500 }, "unsent", 1],
    [{ status: 500 }, "answered", 2],
    [{ status: 500 }, "always", 2],
    [{ status: 501 }, "always", 1],
    [{ status: 530 }, "answered", 2],
    [{ status: 429 }, "unsent", 2],
    [{ status: 429 }, "never", 1],
    [{ status: 400, headers: { "x-amzn-errortype": "ThrottlingException:http://internal/" } }, "unsent", 2],
    [{ status: 400, body: '{"__type":"com.amazon.coral.availability#ThrottlingException"}' }, "unsent", 2],
    [{ status: 400, body: "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>" }, "unsent", 2],
    [{ status: 429, headers: { "x-amzn-errortype": "ModelNotReadyException" } }, "answered", 2],
    [{ status: 400, headers: { "x-amzn-errortype": "ValidationError" } }, "always", 1],
    [{ status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } }, "always", 1],
    [{ status: 424, headers: { "x-amzn-errortype": "ThrottlingException" } }, "always", 1],
    [{ status: 424, body: '{"OriginalMessage":"{\\"code\\":\\"Throttling\\"}"}' }, "always", 1],
    [{ status: 408 }, "unsent", 1],
    [{ status: 408 }, "answered", 2],
    [lost(false), "unsent", 2],
    [lost(true), "answered", 1],
    [lost(true), "always", 2],
    [fetchFailed(lost(false)), "unsent", 2],
    [fetchFailed({ code: "ECONNREFUSED" }), "unsent", 2],
    [fetchFailed({ code: "ECONNRESET" }), "unsent", 1],
    [fetchFailed({ code: "ECONNRESET" }), "always", 2],
    [fetchFailed({ code: "CERT_HAS_EXPIRED" }), "always", 1],
    [fetchFailed({ code: "TLS_NOT_FORWARD_SECRET" }), "always", 1],
    [new TypeError("Failed to fetch"), "always", 2],
    [new TypeError("Failed to fetch"), "answered", 1],
    [Object.assign(new Error("Network connection lost."), { retryable: true }), "always", 2],
    [new FetchError("HOST_NOT_ALLOWED", "no"), "always", 1],
    [new DOMException("timed out", "TimeoutError"), "always", 1],
    [new Error("anything"), "always", 1],
  ] as const)("%o under %s is sent %i time(s)", async (first, repeat, times) => {
    const { call, sent } = scene([first, { status: 200 }]);
    await call({ repeat }).catch(() => undefined);
    expect(sent).toHaveLength(times);
  });

  it("reads a code in no more time than its text is long, whatever a server writes there", async () => {
    for (const body of [`{"code":"${" ".repeat(65_000)}`, `"code"${" ".repeat(65_000)}`, "<Code>#".repeat(9000)]) {
      const { call, sent } = scene([{ status: 400, body }]);
      await call({ repeat: "always" });
      expect(sent).toHaveLength(1);
    }
  });

  it("survives an error that is its own cause", async () => {
    const loop = new TypeError("fetch failed");
    loop.cause = loop;
    const { call } = scene([loop, { status: 200 }]);
    await expect(call({ repeat: "always" })).resolves.toEqual({ status: 200 });
  });

  it("sends once with retry: false, and still learns and reports", async () => {
    const credentials = provider("AKIDOLD", "AKIDNEW");
    const expired = { status: 403, headers: { "x-amzn-errortype": "ExpiredTokenException" } };
    const { call, sent } = scene([expired, { status: 200 }], { retry: false, credentials });
    expect((await call()).status).toBe(403);
    expect(sent).toHaveLength(1);
    expect(credentials.rejected).toEqual(["AKIDOLD"]);
  });
});

describe("how long it waits", () => {
  it("draws from a doubling bound that starts at 50 ms", async () => {
    const { call, clock } = scene([{ status: 500 }], { retry: { attempts: 12, random: () => 0.999_999 } });
    await call();
    const bounds = [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000];
    expect(clock.slept.map(Math.round)).toEqual(bounds);
  });

  it("starts at a second after throttling", async () => {
    const { call, clock } = scene([{ status: 429 }], { retry: { random: () => 1 } });
    await call();
    expect(clock.slept).toEqual([1000, 2000]);
  });

  it("waits at least as long as Retry-After says, in seconds or until a date", async () => {
    const seconds = scene([{ status: 503, headers: { "retry-after": "3" } }, { status: 200 }]);
    await seconds.call();
    expect(seconds.clock.slept).toEqual([3000]);
    const date = "Mon, 23 Nov 2026 12:00:07 GMT";
    const dated = scene([{ status: 503, headers: { "retry-after": date } }, { status: 200 }]);
    await dated.call();
    expect(dated.clock.slept).toEqual([7000]);
  });

  it("gives the answer back when Retry-After is beyond the longest wait", async () => {
    const { call, sent } = scene([{ status: 503, headers: { "retry-after": "3600" } }, { status: 200 }]);
    expect((await call()).status).toBe(503);
    expect(sent).toHaveLength(1);
  });

  it("ends the wait with the caller's reason", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const { call, sent } = scene([() => (abort.abort(reason), { status: 503 })]);
    await expect(call({ signal: abort.signal })).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });

  it("stops retrying when the shared budget is spent, and success refills it", async () => {
    const { call, sent } = scene([{ status: 500 }], { retry: { budget: 30 } });
    await call();
    expect(sent).toHaveLength(3);
    await call();
    expect(sent).toHaveLength(4);
    const refilled = scene([{ status: 500 }, { status: 200 }, { status: 500 }, { status: 200 }], {
      retry: { budget: 14 },
    });
    expect((await refilled.call()).status).toBe(200);
    expect((await refilled.call()).status).toBe(200);
  });

  it("refuses options that cannot work", () => {
    for (const retry of [{ attempts: 0 }, { attempts: Number.NaN }, { baseMs: -1 }, { budget: Number.NaN }]) {
      expect(() => createAttempts({ clock: manualClock(), retry })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
  });
});

describe("a signature refused for its time", () => {
  const tooSkewed = (date: string): Reply => ({
    status: 403,
    headers: { date },
    body: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
  });

  it("is corrected from the answer's Date and repeated once, without a wait (aws-sdk-js-v3#2208, aws-sdk-rust#1033)", async () => {
    const { call, clock, sent } = scene([tooSkewed("Mon, 23 Nov 2026 13:00:00 GMT"), { status: 200 }]);
    expect((await call({ repeat: "unsent" })).status).toBe(200);
    expect(clock.offsetMs).toBe(3_600_000);
    expect(sent).toHaveLength(2);
    expect(clock.slept).toEqual([]);
  });

  it("is not repeated when the clock was right", async () => {
    const { call, sent } = scene([tooSkewed("Mon, 23 Nov 2026 12:00:00 GMT"), { status: 200 }]);
    expect((await call()).status).toBe(403);
    expect(sent).toHaveLength(1);
  });

  it("is not repeated a second time", async () => {
    const { call, sent } = scene([
      tooSkewed("Mon, 23 Nov 2026 13:00:00 GMT"),
      tooSkewed("Mon, 23 Nov 2026 14:00:00 GMT"),
      { status: 200 },
    ]);
    expect((await call()).status).toBe(403);
    expect(sent).toHaveLength(2);
  });

  it("is repeated when another call corrected the clock meanwhile", async () => {
    const { call, sent } = scene([
      (clock) => {
        const at = clock.wall();
        clock.observe({ date: new Date(at + 3_600_000), sentAt: at, receivedAt: at, confirmed: true });
        return { status: 403, headers: { "x-amzn-errortype": "InvalidSignatureException" } };
      },
      { status: 200 },
    ]);
    expect((await call()).status).toBe(200);
    expect(sent).toHaveLength(2);
  });

  it("is repeated when it grew old on its way: frozen functions and queues (aws-sdk-js-v3#6222, #5192, aws-sdk-go#635)", async () => {
    const expired = { status: 403, headers: { "x-amzn-errortype": "InvalidSignatureException" } };
    const { call, sent, clock } = scene([(now) => (now.advance(600_000), expired), { status: 200 }]);
    expect((await call({ repeat: "unsent" })).status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(clock.offsetMs).toBe(0);
  });

  it("reads the server's time from the refusal where no Date is visible, as in a browser", async () => {
    const said =
      '{"message":"Signature expired: 20261123T120000Z is now earlier than 20261123T125500Z (20261123T130000Z - 5 min.)"}';
    const signed = { status: 403, headers: { "x-amzn-errortype": "InvalidSignatureException" }, body: said };
    const { call, clock } = scene([signed, { status: 200 }]);
    expect((await call()).status).toBe(200);
    expect(clock.offsetMs).toBe(3_600_000);
  });

  it("learns nothing over plaintext, and nothing from a cached answer", async () => {
    const plain = scene([tooSkewed("Mon, 23 Nov 2026 13:00:00 GMT"), { status: 200 }]);
    expect((await plain.call({ secure: false })).status).toBe(403);
    expect(plain.clock.offsetMs).toBe(0);
    const cached = {
      ...tooSkewed("Mon, 23 Nov 2026 13:00:00 GMT"),
      headers: { date: "Mon, 23 Nov 2026 13:00:00 GMT", age: "9" },
    };
    const stored = scene([cached, { status: 200 }]);
    expect((await stored.call()).status).toBe(403);
    expect(stored.clock.offsetMs).toBe(0);
  });
});

describe("a server whose Date stays wrong while it verifies by the right time", () => {
  const basic = (ms: number): string => new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const server =
    (offMs: number, said: (now: number) => string) =>
    (clock: ManualClock): Reply => {
      const headers = { date: new Date(clock.wall() + offMs).toUTCString() };
      if (Math.abs(clock.offsetMs) <= 300_000) return { status: 200, headers };
      return {
        status: 403,
        headers: { ...headers, "x-amzn-errortype": "InvalidSignatureException" },
        body: said(clock.wall()),
      };
    };

  it.each<[string, (now: number) => string]>([
    ["no time", () => '{"message":"Signature not yet current"}'],
    ["AWS's own text", (now) => `Signature not yet current: x is still later than y (${basic(now)} + 5 min.)`],
    ["no text", () => ""],
  ])("is reached within two tries: its refusal has %s", async (_, said) => {
    for (const offMs of [3_600_000, -7_200_000, 400_000]) {
      const { call, sent, clock } = scene([server(offMs, said)]);
      for (let minute = 1; minute <= 14; minute++) {
        clock.advance(60_000);
        expect((await call()).status).toBe(200);
      }
      expect(sent).toHaveLength(15);
      expect(clock.offsetMs).toBe(0);
    }
  });

  it("prefers the time in the text to the Date, and a refusal for another reason confirms nothing", async () => {
    const headers = { date: "Mon, 23 Nov 2026 14:00:00 GMT", "x-amzn-errortype": "InvalidSignatureException" };
    const stated = "Signature expired: x is now earlier than y (20261123T130000Z - 5 min.)";
    const told = scene([{ status: 403, headers, body: stated }, { status: 200 }]);
    expect((await told.call()).status).toBe(200);
    expect(told.clock.offsetMs).toBe(3_600_000);
    const body = '{"message":"The request signature we calculated does not match the signature you provided."}';
    const other = scene([{ status: 403, headers, body }]);
    expect((await other.call()).status).toBe(403);
    expect(other.clock.offsetMs).toBe(0);
    expect(other.sent).toHaveLength(1);
  });
});

describe("a rejected access key", () => {
  const codes = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidToken",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
  ];

  it.each(codes)(
    "%s is reported by its id and repeated once with the new one (spinifex#995, aws-sdk-java-v2#5545)",
    async (code) => {
      const credentials = provider("AKIDOLD", "AKIDNEW");
      const { call, sent } = scene([{ status: 403, headers: { "x-amzn-errortype": code } }, { status: 200 }], {
        credentials,
      });
      expect((await call({ repeat: "unsent" })).status).toBe(200);
      expect(sent).toEqual(["AKIDOLD", "AKIDNEW"]);
      expect(credentials.rejected).toEqual(["AKIDOLD"]);
    },
  );

  it("is not repeated when the credentials did not change (aws-sdk-js#3581)", async () => {
    const credentials = provider("AKIDOLD");
    const { call, sent } = scene([{ status: 403, headers: { "x-amzn-errortype": "ExpiredToken" } }], { credentials });
    expect((await call()).status).toBe(403);
    expect(sent).toHaveLength(1);
  });

  it("is repeated only once even if the next key is rejected too (aws-sdk-go-v2#2962)", async () => {
    const credentials = provider("AKID1", "AKID2", "AKID3");
    const { call, sent } = scene([{ status: 403, headers: { "x-amzn-errortype": "ExpiredToken" } }], { credentials });
    expect((await call()).status).toBe(403);
    expect(sent).toEqual(["AKID1", "AKID2"]);
    expect(credentials.rejected).toEqual(["AKID1", "AKID2"]);
  });

  it("gives the service's answer back when no new credentials can be had", async () => {
    const credentials = Object.assign(async () => Promise.reject(new Error("STS is down")), provider("AKIDOLD"));
    const { call } = scene([{ status: 403, headers: { "x-amzn-errortype": "ExpiredToken" } }], { credentials });
    expect((await call()).status).toBe(403);
  });

  it("is not what AccessDenied means", async () => {
    const credentials = provider("AKIDOLD", "AKIDNEW");
    const denied = { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } };
    const { call } = scene([denied, { status: 200 }], { credentials });
    expect((await call()).status).toBe(403);
    expect(credentials.rejected).toEqual([]);
  });
});
