import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import type { AwsCredentials } from "../../src/credentials/credentials.ts";
import { handClock } from "./hand-clock.ts";

// A hint from outside never locks us in: whatever servers say about the time, requests go on being signed, and two
// right answers in a row are enough for a right date.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ACCEPTED_MS = 5 * MINUTE;
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";

const KEY: AwsCredentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

function timeOf(headers: Readonly<Record<string, string>>): number {
  return Date.parse(
    (headers["x-amz-date"] ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}

/** What happens next: time passes, a request is sent, and its answer is right or tells any other time. */
interface Step {
  readonly passes: number;
  readonly lie: { readonly ms: number; readonly refused: boolean } | undefined;
}

const steps = fc.array(
  fc.record<Step>({
    passes: fc.integer({ min: 1000, max: MINUTE }),
    lie: fc.option(
      fc.record({
        ms: fc.oneof(
          fc.integer({ min: -24 * HOUR, max: 24 * HOUR }),
          fc.constantFrom(2 * HOUR, -2 * HOUR, 59 * MINUTE, HOUR - 1000, HOUR),
        ),
        refused: fc.boolean(),
      }),
      { nil: undefined },
    ),
  }),
  { minLength: 5, maxLength: 120 },
);

interface World {
  /** How far the machine's clock is ahead. */
  readonly aheadMs: number;
  readonly learnsFirst?: boolean;
  readonly renews?: boolean;
}

async function live(
  { aheadMs, learnsFirst = false, renews = true }: World,
  happening: readonly Step[],
): Promise<number> {
  const clock = handClock(Date.UTC(2026, 4, 21, 12) + aheadMs);
  const truth = (): number => clock.wall() - aheadMs;
  let calls = 0;
  const provider = async (): Promise<AwsCredentials> => {
    if (calls > 0 && !renews) throw new Error("STS is down");
    return {
      accessKeyId: `ASIA${++calls}`,
      secretAccessKey: `secret-${calls}`,
      sessionToken: "token",
      expiration: new Date(truth() + HOUR),
    };
  };
  const answer = (ms: number, refused: boolean): void => {
    const date = new Date(Math.floor((truth() + ms) / 1000) * 1000);
    clock.observe({ date, sentAt: clock.wall(), receivedAt: clock.wall() + 20, confirmed: refused });
  };
  if (learnsFirst) answer(0, true);
  const signer = createSigner({ region: "eu-west-1", credentials: provider, clock });
  const end = truth() + HOUR;
  let right = 0;
  for (const { passes, lie } of happening) {
    clock.advance(passes);
    if (!renews && truth() >= end) break;
    // Throws when nothing is sent, and time passes by at most a minute a step.
    const { headers } = await signer.sign({ url });
    const signedAt = timeOf(headers);
    const accepted = Math.abs(signedAt - truth()) <= ACCEPTED_MS;
    if (right >= 2 && !accepted) throw new Error(`refused after ${right} right answers: signed at ${signedAt}`);
    if (lie === undefined) {
      right++;
      answer(0, !accepted);
    } else {
      right = 0;
      answer(lie.ms, lie.refused);
    }
  }
  return calls;
}

describe("kind: a hint from outside never locks us in", () => {
  it.each<World>([
    { aheadMs: 0 },
    { aheadMs: 3 * MINUTE },
    { aheadMs: -20 * MINUTE },
    { aheadMs: -12 * HOUR },
    { aheadMs: 40 * MINUTE },
    { aheadMs: 3 * HOUR, learnsFirst: true },
  ])(
    "a machine that is ahead by $aheadMs ms sends every request, and its date is right after two right answers",
    async (world) => {
      await fc.assert(
        fc.asyncProperty(steps, async (happening) => {
          const calls = await live(world, happening);
          // Lies make the source work more, within reason: two calls for each minute that passed.
          expect(calls).toBeLessThanOrEqual(2 + 2 * happening.length);
        }),
        { numRuns: 150 },
      );
    },
  );

  it.each<World>([
    { aheadMs: 0, renews: false },
    { aheadMs: -2 * HOUR, renews: false },
    { aheadMs: 3 * HOUR, learnsFirst: true, renews: false },
  ])("a machine ahead by $aheadMs ms whose source is down signs until its credentials expire", async (world) => {
    await fc.assert(
      fc.asyncProperty(steps, async (happening) => {
        expect(await live(world, happening)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  /** What the server's `Date` is off by, per step; its verifier always compares with the right time. */
  const lies = fc.integer({ min: -20 * HOUR, max: 20 * HOUR });
  const offBy = fc.oneof(
    fc.array(lies, { minLength: 5, maxLength: 100 }),
    // A `Date` that stays wrong.
    fc
      .tuple(fc.oneof(lies, fc.constantFrom(HOUR, -HOUR, 6 * MINUTE)), fc.integer({ min: 5, max: 100 }))
      .map(([ms, count]) => Array.from({ length: count }, () => ms)),
  );

  it.each([0, 2 * HOUR, -3 * HOUR])(
    "a server that verifies by the right time and tells any other is reached within two tries, once the machine's clock is right: ahead by %i ms at first",
    async (aheadMs) => {
      await fc.assert(
        fc.asyncProperty(offBy, offBy, fc.boolean(), async (before, after, everyAnswerConfirms) => {
          const clock = handClock(Date.UTC(2026, 4, 21, 12) + aheadMs);
          let ahead = aheadMs;
          const signer = createSigner({ region: "eu-west-1", credentials: KEY, clock });
          const sendOnce = async (ms: number): Promise<boolean> => {
            const truth = clock.wall() - ahead;
            const { headers } = await signer.sign({ url });
            const accepted = Math.abs(timeOf(headers) - truth) <= ACCEPTED_MS;
            const sentAt = clock.wall();
            clock.observe({
              date: new Date(Math.floor((truth + ms) / 1000) * 1000),
              sentAt,
              receivedAt: sentAt + 20,
              confirmed: !accepted || everyAnswerConfirms,
              refusedOffsetMs: accepted ? undefined : clock.offsetMs,
            });
            return accepted;
          };
          for (const ms of before) {
            clock.advance(MINUTE);
            await sendOnce(ms);
          }
          clock.jump(-ahead);
          ahead = 0;
          for (const ms of after) {
            clock.advance(MINUTE);
            expect((await sendOnce(ms)) || (await sendOnce(ms))).toBe(true);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("a Date that stays wrong costs one refused request, and then none for half an hour", async () => {
    const clock = handClock();
    const signer = createSigner({ region: "eu-west-1", credentials: KEY, clock });
    let refused = 0;
    for (let minute = 0; minute < 30; minute++) {
      clock.advance(MINUTE);
      const { headers } = await signer.sign({ url });
      const sentAt = clock.wall();
      const isRefused = Math.abs(timeOf(headers) - sentAt) > ACCEPTED_MS;
      if (isRefused) refused++;
      const refusedOffsetMs = isRefused ? clock.offsetMs : undefined;
      clock.observe({
        date: new Date(sentAt + HOUR),
        sentAt,
        receivedAt: sentAt,
        confirmed: isRefused,
        refusedOffsetMs,
      });
    }
    expect(refused).toBe(1);
  });

  it("a signature that was refused for its age leaves the correction, and one with another correction too", () => {
    const clock = handClock();
    const at = clock.wall();
    const date = new Date(at + HOUR);
    clock.observe({ date, sentAt: at, receivedAt: at, confirmed: true });
    clock.observe({ date, sentAt: at - 6 * MINUTE, receivedAt: at, confirmed: true, refusedOffsetMs: HOUR });
    clock.observe({ date, sentAt: at, receivedAt: at, confirmed: true, refusedOffsetMs: 2 * HOUR });
    clock.observe({ date, sentAt: at, receivedAt: at, confirmed: true, refusedOffsetMs: 0 });
    expect(clock.offsetMs).toBe(HOUR);
    clock.observe({ date: new Date(Number.NaN), sentAt: at, receivedAt: at, refusedOffsetMs: HOUR });
    expect(clock.offsetMs).toBe(0);
  });

  it("one answer that is two hours ahead, then right ones: every call is accepted", async () => {
    const lie = { ms: 2 * HOUR, refused: false };
    const happening = [lie, undefined, undefined, undefined].map((one) => ({ passes: 1000, lie: one }));
    expect(await live({ aheadMs: 0 }, happening)).toBe(1);
  });
});
