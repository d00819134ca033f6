import { expect, test } from "vitest";
import { resolveOptions } from "../../src/broker/broker-options.ts";
import { buildBroker } from "../../src/broker/build-broker.ts";
import { createSource } from "../../src/sources/source.ts";
import { createManualClock } from "@countersign/testing";
import type { Role } from "../../src/model/role.ts";
import { answer, harness, ROLE, stsError, until } from "../harness.ts";

const HUB = "arn:aws:iam::999988887777:role/Hub";

test("a chained role is assumed with its parent's credentials", async () => {
  const { broker, calls } = harness();
  const hub = broker.role({ roleArn: HUB });
  const credentials = await broker.role({ roleArn: ROLE, via: hub }).get();
  expect(calls.map(({ accessKeyId }) => accessKeyId)).toEqual(["AKIAEXAMPLESOURCE", hub.peek()?.accessKeyId]);
  expect(credentials.accountId).toBe("111122223333");
});

test("a chained session is clamped to one hour, and an event and the snapshot say so", async () => {
  const { broker, calls, events } = harness();
  const role = broker.role({ roleArn: ROLE, via: broker.role({ roleArn: HUB }), durationSeconds: 7200 });
  await role.get();
  expect(calls[1]?.input["DurationSeconds"]).toBe(3600);
  expect(events).toContainEqual(
    expect.objectContaining({ name: "credentials.clamped", key: role.key, requestedSeconds: 7200, seconds: 3600 }),
  );
  expect(broker.snapshot().roles.find(({ key }) => key === role.key)?.clamped).toEqual({
    requestedSeconds: 7200,
    seconds: 3600,
  });
});

test("a user's session token is no chain", async () => {
  const { broker, calls } = harness();
  await broker.role({ roleArn: ROLE, via: broker.sessionToken(), durationSeconds: 7200 }).get();
  expect(calls[1]?.input["DurationSeconds"]).toBe(7200);
});

test("the one hour limit is learned where nothing told that the source is a role (aws-vault#263)", async () => {
  const h = harness({
    credentials: { accessKeyId: "ASIAROLE", secretAccessKey: "s", sessionToken: "t" },
  });
  h.sts = ({ input }, _context, issue) => {
    if ((input["DurationSeconds"] as number) > 3600) {
      throw stsError(
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      );
    }
    return issue();
  };
  await h.broker.role({ roleArn: ROLE, durationSeconds: 7200 }).get();
  expect(h.calls.map(({ input }) => input["DurationSeconds"])).toEqual([7200, 3600]);
});

test("a parent that STS turns down is renewed once, and the child never notices", async () => {
  const h = harness();
  const hub = h.broker.role({ roleArn: HUB });
  const first = await hub.get();
  h.sts = ({ accessKeyId }, _context, issue) => {
    if (accessKeyId === first.accessKeyId) throw stsError("ExpiredToken", 400);
    return issue();
  };
  await expect(h.broker.role({ roleArn: ROLE, via: hub }).get()).resolves.toBeDefined();
  expect(h.calls).toHaveLength(4);
});

test("fixed credentials that STS turns down cost one request: there are no others (aws-sdk-js#3581)", async () => {
  const h = harness();
  h.sts = () => {
    throw stsError("InvalidClientTokenId", 403);
  };
  await expect(h.broker.role({ roleArn: ROLE }).get()).rejects.toMatchObject({
    code: "SOURCE_REJECTED",
    cause: { name: "InvalidClientTokenId" },
  });
  expect(h.calls).toHaveLength(1);
});

test("a tag that the parent passes on cannot be set again", () => {
  const { broker } = harness();
  const hub = broker.role({ roleArn: HUB, tags: { Team: "a" }, transitiveTagKeys: ["Team"] });
  expect(() => broker.role({ roleArn: ROLE, via: hub, tags: { team: "b" } })).toThrow(
    /tags: must not set "team" again/u,
  );
});

test("a source that asks for the role it is the source of is a cycle, and no deadlock", async () => {
  let role: Role | undefined;
  const h = harness({ credentials: async () => (role as Role).get() });
  role = h.broker.role({ roleArn: ROLE });
  await expect(until(h.clock, role.get())).rejects.toMatchObject({ code: "CYCLE" });
});

test("a cycle over two roles that are asked for at the same time is found as well", async () => {
  const clock = createManualClock();
  const roles: Role[] = [];
  const broker = buildBroker(resolveOptions({ region: "eu-west-1" }), {
    clock,
    random: () => 0.5,
    source: createSource({ accessKeyId: "AKIA", secretAccessKey: "s" }, { clock }),
    every: () => () => undefined,
    release: async () => undefined,
    sts: async (_operation, input) => answer(input, 1, clock),
  });
  const tokenOf = (index: number) => async () => (await roles.at(index)?.get())?.accessKeyId ?? "";
  roles.push(broker.webIdentity({ roleArn: ROLE, token: tokenOf(1) }));
  roles.push(broker.webIdentity({ roleArn: HUB, token: tokenOf(0) }));
  const codes = await until(
    clock,
    Promise.all(
      roles.map((role) =>
        role.get().then(
          () => "ok",
          (error: { code: string }) => error.code,
        ),
      ),
    ),
  );
  expect(codes).toContain("CYCLE");
  expect(codes).not.toContain("ok");
});
