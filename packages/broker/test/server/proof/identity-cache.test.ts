import { createManualClock } from "@countersign/testing";
import { expect, it } from "vitest";
import { createIdentityVerifier } from "../../../src/server/proof/caller-identity.ts";
import { proveIdentity } from "../../../src/server/proof/prove-identity.ts";
import { VendingError } from "../../../src/server/vending-error.ts";
import { AUDIENCE } from "../fixture.ts";

const ANSWER =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
  "<Arn>arn:aws:iam::123456789012:user/batch</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";

const manualClock = () => createManualClock(Date.UTC(2026, 0, 2));

async function setUp(answer: "first" | "again" | "unknown" | "no store" = "first", clock = manualClock()) {
  const sts = { status: 200, asked: 0 };
  const used: string[] = [];
  const verify = createIdentityVerifier({
    settings: () => ({ audience: AUDIENCE, regions: ["eu-west-1"] }),
    clock,
    once:
      answer === "no store"
        ? undefined
        : async (id) => {
            used.push(id);
            return answer;
          },
    async fetch() {
      sts.asked += 1;
      return new Response(ANSWER, { status: sts.status, headers: { "content-type": "text/xml" } });
    },
  });
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return {
    clock,
    sts,
    used,
    verify,
    proof: await proveIdentity({ credentials, region: "eu-west-1", audience: AUDIENCE, clock }),
  };
}

it("two who bring one proof at the same time are one", async () => {
  const { sts, verify, proof } = await setUp();
  const answers = await Promise.allSettled([verify(proof), verify(proof)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(sts.asked).toBe(1);
});

it("a proof that STS did not accept is not kept in mind: a flood of them would push out those that were", async () => {
  const { sts, verify, proof } = await setUp();
  sts.status = 403;
  await expect(verify(proof)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  sts.status = 503;
  await expect(verify(proof)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  sts.status = 200;
  expect(await verify(proof)).toBe("arn:aws:iam::123456789012:user/batch");
  await expect(verify(proof)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  expect(sts.asked).toBe(3);
});

it.each(["a\r\nx-injected: y", "a\u0000", "\u20ac"])("a header value of %j is not sent to STS", async (value) => {
  const { sts, verify, proof } = await setUp();
  const headers = { ...proof.headers, "x-amz-security-token": value };
  await expect(verify({ ...proof, headers })).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  expect(sts.asked).toBe(0);
});

it("answers that set the corrected clock back make no old proof fresh, and none that set it ahead an old one", async () => {
  const { clock, sts, verify, proof } = await setUp();
  const moveTo = (offsetMs: number): void => {
    const wall = clock.wall();
    clock.observe({ date: new Date(wall + offsetMs), sentAt: wall, receivedAt: wall, confirmed: true });
  };
  moveTo(3_600_000);
  expect(await verify(proof)).toBe("arn:aws:iam::123456789012:user/batch");
  await clock.advance(3_600_000);
  moveTo(-3_600_000);
  expect(Math.abs(clock.offsetMs)).toBeGreaterThan(3_000_000);
  await expect(verify(proof)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  expect(sts.asked).toBe(1);
  const { proof: old, verify: other, clock: later } = await setUp();
  await later.advance(3_600_000);
  const wall = later.wall();
  later.observe({ date: new Date(wall - 3_600_000), sentAt: wall, receivedAt: wall, confirmed: true });
  await expect(other(old)).rejects.toMatchObject({ message: expect.stringContaining("five minutes old") });
});

it("limits never punish a valid proof: a stranger's valid proofs fill neither this memory nor the fleet's", async () => {
  const { used, verify, proof } = await setUp();
  for (const code of ["CLAIM_REJECTED", "CLAIM_REJECTED", "TOO_MANY_REQUESTS"] as const) {
    const refuse = (): never => {
      throw new VendingError(code, "refused");
    };
    await expect(verify(proof, "192.0.2.1", refuse)).rejects.toMatchObject({ code });
  }
  expect(used).toEqual([]);
  await verify(proof, "192.0.2.1", () => undefined);
  expect(used).toHaveLength(1);
  await expect(verify(proof, "192.0.2.1", () => undefined)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
});

it("a proof that another server of the fleet accepted is not accepted here", async () => {
  const { sts, used, verify, proof } = await setUp("again");
  await expect(verify(proof)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  await expect(verify(proof)).rejects.toMatchObject({ code: "IDENTITY_REJECTED" });
  expect([used.length, sts.asked]).toEqual([1, 1]);
});

it("while the store is off, a proof must be young: other servers do not see that it was used", async () => {
  const { clock, verify, proof } = await setUp("unknown");
  await clock.advance(31_000);
  await expect(verify(proof)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const young = await setUp("unknown");
  expect(await young.verify(young.proof)).toBe("arn:aws:iam::123456789012:user/batch");
});

it.each([
  ["no store", "UNAVAILABLE"],
  ["unknown", "UNAVAILABLE"],
  ["again", "IDENTITY_REJECTED"],
] as const)(
  "a proof is good once for a server that is started again, with the answer %s of its store",
  async (answer, code) => {
    const { clock, verify, proof } = await setUp(answer === "again" ? "first" : answer);
    await verify(proof);
    await clock.advance(1_000);
    const restarted = await setUp(answer, clock);
    await expect(restarted.verify(proof)).rejects.toMatchObject({ code });
    const later = await restarted.verify(restarted.proof).catch((error: VendingError) => error.code);
    expect(later).toBe(answer === "again" ? code : "arn:aws:iam::123456789012:user/batch");
  },
);

it("one proof that strangers send at the same time is asked about once", async () => {
  const { sts, verify, proof } = await setUp();
  const refuse = (): never => {
    throw new VendingError("CLAIM_REJECTED", "refused");
  };
  const answers = await Promise.allSettled([verify(proof, "a", refuse), verify(proof, "b", refuse)]);
  const codes = answers.map((answer) => ((answer as PromiseRejectedResult).reason as VendingError).code);
  expect(new Set(codes)).toEqual(new Set(["CLAIM_REJECTED", "IDENTITY_REJECTED"]));
  expect(sts.asked).toBe(1);
});
