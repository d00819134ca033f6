import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { assembleFetch, correctingClock, renewing, vendedCredentials } from "../../src/parts.ts";
import { vendedCredentials as vendedWithEvents } from "../../src/vended.ts";

const HOST = "runtime.sagemaker.eu-west-1.amazonaws.com";
const RUNTIME = `https://${HOST}/endpoints/e/invocations`;
const region = "eu-west-1";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The time of the services; that of this machine is `aheadMs` later, and its other clock stood still for `sleptMs`. */
let truth = 0;
let aheadMs = 0;
let sleptMs = 0;

beforeEach(() => {
  // Between two seconds, which no date of a service shows.
  [truth, aheadMs, sleptMs] = [Date.UTC(2026, 10, 30, 12) + 500, 0, 0];
  const start = truth;
  vi.spyOn(Date, "now").mockImplementation(() => truth + aheadMs);
  const monotonic = (): number => truth - start - sleptMs;
  vi.spyOn(performance, "now").mockImplementation(monotonic);
  vi.spyOn(process, "hrtime").mockImplementation(() => [Math.floor(monotonic() / 1000), (monotonic() % 1000) * 1e6]);
});
afterEach(() => vi.restoreAllMocks());

const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/gu, "");

/** A broker whose grants last for `lastsMs`, and AWS, which refuses signatures of another time and keys that have expired. */
function services(lastsMs: number, dated: boolean) {
  const ends: number[] = [];
  const counts = { vends: 0, refusals: 0 };
  const broker: Fetch = async () => {
    counts.vends = ends.push(truth + lastsMs);
    const expiration = new Date(truth + lastsMs).toISOString();
    const headers: HeadersInit = dated ? { date: new Date(truth).toUTCString() } : {};
    return Response.json(
      { accessKeyId: `ASIA${counts.vends}`, secretAccessKey: "s", sessionToken: "t", expiration },
      { headers },
    );
  };
  const aws: Fetch = async (_input, init) => {
    const headers = new Headers(init?.headers);
    const [, year, month, day, hour, minute, second] =
      /^(....)(..)(..)T(..)(..)(..)Z$/u.exec(headers.get("x-amz-date") ?? "")?.map(Number) ?? [];
    const signed = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
    const refuse = (code: string, message: string): Response => {
      // Of the time. A key can also be refused in the last second of its life, which no date shows; it is then replaced.
      if (code === "InvalidSignatureException") counts.refusals++;
      return new Response(JSON.stringify({ message }), { status: 403, headers: { "x-amzn-errortype": code } });
    };
    if (Math.abs(signed - truth) > 5 * MINUTE) {
      const text = `Signature expired: ${stamp(signed)} is now earlier than ${stamp(truth - 5 * MINUTE)} (${stamp(truth)} - 5 min.)`;
      return refuse("InvalidSignatureException", text);
    }
    const key = Number(/Credential=ASIA(\d+)/u.exec(headers.get("authorization") ?? "")?.[1]);
    if (truth >= (ends[key - 1] ?? 0)) return refuse("ExpiredTokenException", "expired");
    return new Response("{}");
  };
  return { broker, aws, counts };
}

const grant = { url: "https://broker.test", grant: "chat", getToken: () => "token" };

const pages: readonly (readonly [string, (broker: Fetch, aws: Fetch) => Fetch])[] = [
  [
    "by parts",
    (broker, aws) => {
      const clock = correctingClock();
      const credentials = vendedCredentials({ ...grant, fetch: broker });
      return assembleFetch({ region, credentials, hosts: [HOST], clock, skew: clock.step, fetch: aws });
    },
  ],
  [
    "createSignedFetch",
    (broker, aws) =>
      createSignedFetch({ region, credentials: vendedWithEvents({ ...grant, fetch: broker }), fetch: aws }),
  ],
];

/** Calls every five minutes. @returns the statuses that were not 200. */
async function callFor(ms: number, signed: Fetch): Promise<number[]> {
  const failed: number[] = [];
  for (const end = truth + ms; truth < end; truth += 5 * MINUTE) {
    const { status } = await signed(RUNTIME, { method: "POST", body: "{}" });
    if (status !== 200) failed.push(status);
    // A renewal in the background ends.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return failed;
}

describe.each(pages)("no wrong clock of this machine locks out: %s", (_name, make) => {
  const clocks = [
    ["right", 0],
    ["ahead by the length of a session", 15 * MINUTE],
    ["ahead by two hours", 2 * HOUR],
    ["ahead by twenty hours", 20 * HOUR],
    ["ahead by a day", 24 * HOUR],
    ["behind by two hours", -2 * HOUR],
    ["behind by twenty hours", -20 * HOUR],
    ["behind by a day", -24 * HOUR],
  ] as const;

  it.each(clocks.flatMap(([what, ms]) => [15, 60].map((minutes) => [what, minutes, ms] as const)))(
    "%s, with sessions of %d minutes",
    async (_what, minutes, ms) => {
      aheadMs = ms;
      const { broker, aws, counts } = services(minutes * MINUTE, true);
      expect(await callFor(2 * HOUR, make(broker, aws))).toEqual([]);
      // Sessions are kept for most of their life, and the signature's time is corrected once.
      expect(counts.vends).toBeLessThanOrEqual(Math.ceil(120 / (minutes - 10)) + 2);
      expect(counts.refusals).toBeLessThanOrEqual(1);
    },
  );

  it.each(clocks)("%s, and the page cannot read the broker's Date", async (_what, ms) => {
    aheadMs = ms;
    const { broker, aws, counts } = services(HOUR, false);
    expect(await callFor(2 * HOUR, make(broker, aws))).toEqual([]);
    expect(counts.vends).toBeLessThanOrEqual(25);
  });
});

describe.each(pages)("a clock that jumps while a page is open locks nothing out: %s", (_name, make) => {
  it.each([
    ["set forward by two hours", 2 * HOUR, 0],
    ["set back by two hours", -2 * HOUR, 0],
    ["right again after it was ahead", -2 * HOUR, 2 * HOUR],
    ["right again after it was behind", 2 * HOUR, -2 * HOUR],
    ["set forward by a day", 24 * HOUR, 0],
    ["set back by a day", -24 * HOUR, 0],
  ])("%s", async (_what, jumpMs, before) => {
    aheadMs = before;
    const { broker, aws, counts } = services(HOUR, true);
    const signed = make(broker, aws);
    expect(await callFor(20 * MINUTE, signed)).toEqual([]);
    aheadMs += jumpMs;
    expect(await callFor(3 * HOUR, signed)).toEqual([]);
    expect(counts.vends).toBeLessThanOrEqual(7);
  });

  it("and a machine that slept past the end of the session asks for another one", async () => {
    const { broker, aws, counts } = services(HOUR, true);
    const signed = make(broker, aws);
    expect(await callFor(10 * MINUTE, signed)).toEqual([]);
    truth += 8 * HOUR;
    sleptMs = 8 * HOUR;
    expect(await callFor(10 * MINUTE, signed)).toEqual([]);
    expect(counts).toEqual({ vends: 2, refusals: 0 });
  });
});

it("a source of credentials that look expired here is asked again, and they are sent", async () => {
  aheadMs = 2 * HOUR;
  const { broker, aws, counts } = services(HOUR, true);
  const credentials = renewing(async () => {
    const { expiration, ...key } = (await (await broker(RUNTIME)).json()) as Record<string, string>;
    return { ...key, expiration: new Date(expiration ?? "") } as never;
  });
  const clock = correctingClock();
  const signed = assembleFetch({ region, credentials, hosts: [HOST], clock, skew: clock.step, fetch: aws });
  expect(await callFor(20 * MINUTE, signed)).toEqual([]);
  expect(counts.refusals).toBe(1);
});

it("a Date of the broker that is wrong locks nothing out", async () => {
  const { broker, aws } = services(HOUR, true);
  for (const lie of [0, 8.64e14, truth - 20 * HOUR, truth + 20 * HOUR]) {
    const lying: Fetch = async (input, init) => {
      const answer = await broker(input, init);
      answer.headers.set("date", new Date(lie).toUTCString());
      return answer;
    };
    for (const [, make] of pages) expect((await callFor(3 * HOUR, make(lying, aws))).length).toBeLessThanOrEqual(3);
  }
});
