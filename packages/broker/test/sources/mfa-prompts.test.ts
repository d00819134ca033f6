import { expect, test } from "vitest";
import { harness, ROLE, settle, stsError, until } from "../harness.ts";

const MINUTE = 60_000;
const SERIAL = "arn:aws:iam::111122223333:mfa/alice";

/** A person with a device that shows a new code each time. */
function person() {
  const state = { asked: 0, open: 0, mostOpen: 0 };
  const code = async (): Promise<string> => {
    state.asked += 1;
    state.open += 1;
    state.mostOpen = Math.max(state.mostOpen, state.open);
    await settle();
    state.open -= 1;
    return String(100_000 + state.asked);
  };
  return { state, mfa: { serialNumber: SERIAL, code } };
}

test("one prompt serves all who wait, and one is open at a time (aws-sdk-js#1664)", async () => {
  const { state, mfa } = person();
  const { broker, calls } = harness();
  const roles = ["A", "B", "C"].map((name) => broker.role({ roleArn: `${ROLE}${name}`, mfa }));
  await Promise.all(roles.flatMap((role) => [role.get(), role.get()]));
  expect(state).toMatchObject({ asked: 3, mostOpen: 1 });
  expect(calls.map(({ input }) => [input["SerialNumber"], input["TokenCode"]])).toEqual([
    [SERIAL, "100001"],
    [SERIAL, "100002"],
    [SERIAL, "100003"],
  ]);
});

test("no code is asked for in the background, not even for the parent of a chained role", async () => {
  const { state, mfa } = person();
  const h = harness();
  const user = h.broker.sessionToken({ mfa, durationSeconds: 3600 });
  const role = h.broker.role({ roleArn: ROLE, via: user });
  const first = await role.get();
  expect(state.asked).toBe(1);
  await h.clock.advance(59 * MINUTE + 1000);
  user.invalidate({ accessKeyId: user.peek()?.accessKeyId ?? "", reason: "revoked" });
  role.peek();
  h.tick();
  await settle();
  expect(state.asked).toBe(1);
  expect(role.peek()).toBe(first);
  await h.clock.advance(2 * MINUTE);
  await role.get();
  expect(state.asked).toBe(2);
});

test("an unanswered prompt fails after two minutes, together with all that wait in line for it", async () => {
  const h = harness();
  let asked = 0;
  const mfa = {
    serialNumber: SERIAL,
    code: () => {
      asked += 1;
      return new Promise<string>(() => undefined);
    },
  };
  const all = ["A", "B"].map((name) =>
    h.broker
      .role({ roleArn: `${ROLE}${name}`, mfa })
      .get()
      .catch((error: unknown) => error),
  );
  const errors = await until(h.clock, Promise.all(all));
  expect(errors).toMatchObject([{ code: "MFA_TIMEOUT" }, { code: "MFA_TIMEOUT" }]);
  expect(asked).toBe(1);
});

test("a code is used once: neither tried again nor taken twice", async () => {
  const h = harness();
  const mfa = { serialNumber: SERIAL, code: async () => "123456" };
  h.sts = () => {
    throw stsError("ServiceUnavailable", 503);
  };
  await expect(h.broker.role({ roleArn: ROLE, mfa }).get()).rejects.toMatchObject({ code: "STS_UNAVAILABLE" });
  expect(h.calls).toHaveLength(1);
  await expect(h.broker.role({ roleArn: `${ROLE}2`, mfa }).get()).rejects.toThrow(/used already/u);
  expect(h.calls).toHaveLength(1);
});

test.each(["12345", "1234567", "abcdef", ""])("what is no code is not sent: %j", async (code) => {
  const { broker, calls } = harness();
  const role = broker.role({ roleArn: ROLE, mfa: { serialNumber: SERIAL, code: async () => code } });
  await expect(role.get()).rejects.toMatchObject({ code: "MFA_FAILED" });
  expect(calls).toHaveLength(0);
});

test("a prompt that fails says so, with its reason", async () => {
  const { broker } = harness();
  const mfa = {
    serialNumber: SERIAL,
    code: async (): Promise<string> => {
      throw new Error("terminal closed");
    },
  };
  await expect(broker.role({ roleArn: ROLE, mfa }).get()).rejects.toMatchObject({
    code: "MFA_FAILED",
    cause: { message: "terminal closed" },
  });
});
