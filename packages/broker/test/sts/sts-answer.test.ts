import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { boundedBody } from "../../src/sts/bounded-body.ts";
import type { StsAnswer } from "../../src/sts/sts.ts";
import { answer, down, harness, ROLE, START } from "../harness.ts";

const HOUR = 3_600_000;
const session = "countersign";
const arn = (role: string, name = session, account = "111122223333", partition = "aws"): string =>
  `arn:${partition}:sts::${account}:assumed-role/${role}/${name}`;

test.each([
  ["another role of the account", arn("Admin")],
  ["a role with the same beginning", arn("Inference2")],
  ["a role with the same end", arn("path/Inference")],
  ["another session name", arn("Inference", "root")],
  ["another account (kiam#400)", arn("Inference", session, "999922223333")],
  ["another partition", arn("Inference", session, "111122223333", "aws-cn")],
  ["a user", "arn:aws:iam::111122223333:user/Inference"],
  ["no role", ""],
  ["nothing at all", undefined],
])("an answer for %s is refused, and never cached", async (_, assumed) => {
  const h = harness();
  h.sts = (_call, _context, issue) => ({ ...issue(), AssumedRoleUser: { Arn: assumed } });
  const role = h.broker.role({ roleArn: ROLE });
  await expect(role.get()).rejects.toMatchObject({ code: "STS_RESPONSE_INVALID" });
  expect(role.peek()).toBeUndefined();
});

test("an answer without AssumedRoleUser, or for another source identity, is refused", async () => {
  for (const change of [{ AssumedRoleUser: undefined }, { SourceIdentity: "mallory" }]) {
    const h = harness();
    h.sts = (_call, _context, issue) => ({ ...issue(), ...change });
    const role = h.broker.role({ roleArn: ROLE, sourceIdentity: "alice" });
    await expect(role.get()).rejects.toMatchObject({ code: "STS_RESPONSE_INVALID" });
  }
});

test("a role with a path, and a role in another partition, are themselves", async () => {
  for (const roleArn of [
    "arn:aws:iam::111122223333:role/path/to/Inference",
    "arn:aws-us-gov:iam::111122223333:role/Inference",
  ]) {
    await expect(harness().broker.role({ roleArn }).get()).resolves.toMatchObject({ accountId: "111122223333" });
  }
});

const lasting = (ms: number) => (issued: StsAnswer) => ({
  ...issued,
  Credentials: { ...issued.Credentials, Expiration: new Date((issued.date?.getTime() ?? START) + ms) },
});

test.each([
  ["the year 9999", Date.UTC(9999, 11, 31) - START],
  ["twelve hours instead of one", 12 * HOUR],
  ["an hour and three minutes", HOUR + 180_000],
])("an expiry in %s is clamped to what was asked for", async (_, ms) => {
  const h = harness();
  h.sts = (_call, _context, issue) => lasting(ms)(issue());
  const role = h.broker.role({ roleArn: ROLE });
  const { expiration } = await role.get();
  expect(expiration.getTime()).toBeLessThanOrEqual(START + HOUR + 120_000);
  await h.clock.advance(HOUR);
  expect(role.peek()).toBeUndefined();
});

test.each([1, 60, 119])("a Date %i seconds behind makes no session longer than was asked for", async (seconds) => {
  const h = harness();
  h.sts = (_call, _context, issue) => ({ ...issue(), date: new Date(START - seconds * 1000) });
  const role = h.broker.role({ roleArn: ROLE, durationSeconds: 900 });
  const { expiration } = await role.get();
  h.sts = down;
  await h.clock.advance(expiration.getTime() - START - 5000);
  expect(role.peek()).toBeDefined();
  await h.clock.advance(5000);
  expect(role.peek()).toBeUndefined();
});

test("an expiry sooner than was asked for is believed", async () => {
  const h = harness();
  h.sts = (_call, _context, issue) => lasting(900_000)(issue());
  const role = h.broker.role({ roleArn: ROLE });
  expect((await role.get()).expiration).toEqual(new Date(START + 900_000));
  await h.clock.advance(900_000);
  expect(role.peek()).toBeUndefined();
});

test.each([
  ["an Invalid Date", new Date(Number.NaN), "has no valid Expiration"],
  ["text", "2026-01-02T04:04:05Z", "has no valid Expiration"],
  ["none", undefined, "has no valid Expiration"],
  ["a past one", new Date(START - 1000), "expires in -1 s"],
])("an answer with %s as expiry is refused", async (_, expiration, says) => {
  const h = harness();
  h.sts = ({ input }) => {
    const issued = answer(input, 1, h.clock);
    return { ...issued, Credentials: { ...issued.Credentials, Expiration: expiration as Date } };
  };
  await expect(h.broker.role({ roleArn: ROLE }).get()).rejects.toMatchObject({
    code: "STS_RESPONSE_INVALID",
    message: expect.stringContaining(says),
  });
});

test.each([60, 59.9, 75, 600, -60])(
  "fresh credentials are kept though the answer's Date is off by %i minutes",
  async (minutes) => {
    const h = harness();
    h.sts = (_call, _context, issue) => ({ ...issue(), date: new Date(START + minutes * 60_000) });
    const role = h.broker.role({ roleArn: ROLE });
    const { expiration } = await role.get();
    expect(expiration.getTime()).toBe(START + HOUR);
    await h.clock.advance(HOUR);
    expect(role.peek()).toBeUndefined();
  },
);

test("fresh credentials are kept though the clock was corrected by such a Date before", async () => {
  const h = harness();
  const at = h.clock.wall();
  h.clock.observe({ date: new Date(at + HOUR), sentAt: at, receivedAt: at, confirmed: true });
  h.sts = ({ input }) => {
    const date = new Date(START + HOUR);
    const { Credentials, ...rest } = answer(input, 1, h.clock);
    return { ...rest, Credentials: { ...Credentials, Expiration: date }, date };
  };
  await expect(h.broker.role({ roleArn: ROLE }).get()).resolves.toMatchObject({ expiration: new Date(START + HOUR) });
});

test("an answer of 65,536 bytes is read, and a longer one is not", async () => {
  const read = async (bytes: number): Promise<number> => {
    let total = 0;
    for await (const chunk of boundedBody(Readable.from([Buffer.alloc(bytes - 1), Buffer.alloc(1)])))
      total += (chunk as Buffer).length;
    return total;
  };
  expect(await read(65_536)).toBe(65_536);
  await expect(read(65_537)).rejects.toThrow("the answer must be at most 65536 bytes");
});

test("a body is read up to its limit, and no further", async () => {
  let produced = 0;
  const endless = new Readable({
    read() {
      produced += 65_536;
      this.push(Buffer.alloc(65_536, 0x20));
    },
  });
  const read = async (): Promise<void> => {
    for await (const chunk of boundedBody(endless, 100_000)) expect(chunk).toBeDefined();
  };
  await expect(read()).rejects.toThrow("the answer must be at most 100000 bytes");
  expect(endless.destroyed).toBe(true);
  expect(produced).toBeLessThan(1_000_000);
  const whole: Buffer[] = [];
  for await (const chunk of boundedBody(Readable.from([Buffer.from("a"), Buffer.from("b")]), 2))
    whole.push(chunk as Buffer);
  expect(Buffer.concat(whole).toString()).toBe("ab");
});
