import { createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { checkIdentity } from "../../src/doctor/identity.ts";
import type { Session } from "../../src/session.ts";

const NOW = Date.parse("2026-03-03T00:10:00Z");

describe("the clock that doctor checks", () => {
  const checks = async (date: string) => {
    const session = {
      clock: createClock({ wall: () => NOW }),
      credentials: () => Promise.resolve({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" }),
      transport: {
        fetch: () =>
          Promise.resolve(new Response("<Arn>arn:aws:iam::111122223333:user/a</Arn>", { headers: { date } })),
      },
    } as unknown as Session;
    const found = await checkIdentity(session, new URL("https://sts.eu-west-1.amazonaws.com"), "eu-west-1");
    return found.map(({ name, detail }) => `${name}: ${detail}`);
  };
  const identity = "identity: arn:aws:iam::111122223333:user/a";

  it("differs from the Date of STS by more than the call took", async () => {
    expect(await checks("Tue, 03 Mar 2026 00:10:00 GMT")).toEqual(["clock: agrees with AWS", identity]);
    expect(await checks("Tue, 03 Mar 2026 00:00:00 GMT")).toEqual(["clock: 599 s ahead of AWS", identity]);
  });

  it.each(["Sat, 31 Feb 2026 00:00:00 GMT", "Tue, 03 Mar 2026", "2026-03-03T00:00:00Z", "1"])(
    "is not judged by %s, which is no Date of an answer",
    async (date) => {
      expect(await checks(date)).toEqual([identity]);
    },
  );
});
