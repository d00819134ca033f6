import { expect, test } from "vitest";
import { answer, down, harness, ROLE, settle, START, stsError, until } from "../harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("a wall clock set back an hour changes nothing: what has expired is not served (lru-cache's TTL does)", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.clock.jump(-HOUR);
  expect(await role.get()).toBe(first);
  await h.clock.advance(HOUR);
  expect(role.peek()).toBeUndefined();
  expect((await role.get()).accessKeyId).not.toBe(first.accessKeyId);
});

test("a wall clock set forward an hour costs one renewal, and then all is as before", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  h.clock.jump(HOUR);
  const second = await role.get();
  expect(h.calls).toHaveLength(2);
  await h.clock.advance(40 * MINUTE);
  expect(await role.get()).toBe(second);
  await h.clock.advance(19 * MINUTE);
  expect(role.peek()).toBe(second);
  await settle();
  expect(h.calls).toHaveLength(3);
});

test("a machine that slept for eight hours does not serve what expired meanwhile (pizauth#47)", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.clock.jump(8 * HOUR);
  expect(role.peek()).toBeUndefined();
  h.tick();
  const second = await role.get();
  expect(second.accessKeyId).not.toBe(first.accessKeyId);
});

test.each([-HOUR, HOUR])(
  "a machine whose clock is off by %i ms holds a session as long as any other",
  async (offMs) => {
    const h = harness();
    h.clock.jump(offMs);
    const role = h.broker.role({ roleArn: ROLE });
    const first = await role.get();
    await h.clock.advance(44 * MINUTE);
    h.sts = down;
    expect(role.peek()).toBe(first);
    await h.clock.advance(15 * MINUTE + 30_000);
    expect(role.peek()).toBe(first);
    await h.clock.advance(30_000);
    expect(role.peek()).toBeUndefined();
  },
);

test("an answer that corrects the clock is followed by one more request, not by a renewal of the source", async () => {
  let asked = 0;
  const h = harness({
    credentials: async () => {
      asked += 1;
      return { accessKeyId: "AKIA", secretAccessKey: "s" };
    },
  });
  h.clock.jump(HOUR);
  h.sts = ({ at }, _context, issue) => {
    if (Math.abs(at - START) > 5 * MINUTE) {
      h.clock.observe({ date: new Date(START), sentAt: h.clock.wall(), receivedAt: h.clock.wall(), confirmed: true });
      throw stsError("SignatureDoesNotMatch", 403, "Signature expired");
    }
    return issue();
  };
  await h.broker.role({ roleArn: ROLE }).get();
  expect(h.calls).toHaveLength(2);
  expect(asked).toBe(1);
});

test("a session whose answer has a wrong Date is served as long as was asked for, and renewed by that Date", async () => {
  const h = harness();
  h.sts = ({ input }) => ({ ...answer(input, 1, h.clock), date: new Date(START + 50 * MINUTE) });
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.sts = down;
  await h.clock.advance(4 * MINUTE);
  await role.get();
  expect(h.calls).toHaveLength(1);
  await h.clock.advance(3 * MINUTE);
  await role.get();
  await settle();
  expect(h.calls.length).toBeGreaterThan(1);
  await h.clock.advance(52 * MINUTE);
  await expect(until(h.clock, role.get())).resolves.toBe(first);
  await h.clock.advance(MINUTE);
  expect(role.peek()).toBeUndefined();
});

test("an expiry that is not as asked for ends the session, whatever this machine reads after its clock was set", async () => {
  const h = harness();
  h.clock.jump(-50 * MINUTE);
  h.sts = ({ input }) => answer(input, 1, h.clock, 600);
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  h.sts = down;
  await h.clock.advance(9 * MINUTE);
  expect(role.peek()).toBeDefined();
  await h.clock.advance(2 * MINUTE);
  expect(role.peek()).toBeUndefined();
});

test("an answer that is stale is not saved by a clock that is slow", async () => {
  const h = harness();
  h.clock.jump(-58 * MINUTE);
  h.sts = ({ input }) => answer(input, 1, h.clock, -5);
  await expect(h.broker.role({ roleArn: ROLE }).get()).rejects.toMatchObject({ code: "STS_RESPONSE_INVALID" });
});

test("the long pause after a failure ends with the credentials that made it bearable", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  h.sts = down;
  await until(h.clock, role.get({ forceRefresh: true }), 100);
  h.clock.jump(8 * HOUR);
  h.sts = (_call, _context, issue) => issue();
  await expect(role.get()).resolves.toBeDefined();
});

const broken = {
  "no expiry": { Expiration: undefined },
  "an Invalid Date (decocms/studio#6106)": { Expiration: new Date(Number.NaN) },
  "expired already": { Expiration: new Date(START - 1000) },
  "about to expire": { Expiration: new Date(START + 10_000) },
  "no access key": { AccessKeyId: "" },
  "no secret": { SecretAccessKey: undefined },
  "no token": { SessionToken: undefined },
} as const;

test.each(Object.entries(broken))("an answer is a failure, and never held: %s", async (_, fields) => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  h.sts = ({ input }) => {
    const whole = answer(input, 1, h.clock);
    return { ...whole, Credentials: { ...whole.Credentials, ...fields } };
  };
  await expect(until(h.clock, role.get())).rejects.toMatchObject({ code: "STS_RESPONSE_INVALID" });
  expect(role.peek()).toBeUndefined();
});

test("an answer for another account is a failure (kiam#400)", async () => {
  const h = harness();
  h.sts = ({ input }) => answer({ ...input, RoleArn: ROLE.replace("1111", "9999") }, 1, h.clock);
  await expect(h.broker.role({ roleArn: ROLE }).get()).rejects.toThrow(
    /is for the account 999922223333 in aws, not 111122223333/u,
  );
});

test("a broken answer does not cost what is held", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(59 * MINUTE + 10_000);
  h.sts = ({ input }) => answer(input, 1, h.clock, -5);
  expect(await role.get()).toBe(first);
  await settle();
  expect(role.peek()).toBe(first);
});
