import { expect, it } from "vitest";
import { createCommandLineApp } from "../../../src/server.ts";
import { harness, ROLE } from "../../harness.ts";

it("gives the roles of its configuration, and no other", async () => {
  const { broker, calls } = harness();
  const app = createCommandLineApp(broker, { roles: [ROLE] });
  const ask = (role: string) => app.request(`/v1/credential-process?role=${encodeURIComponent(role)}`);
  const answer = await ask(ROLE);
  expect(await answer.json()).toMatchObject({ Version: 1, AccessKeyId: "ASIA0000000000000001" });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  for (const other of ["", `${ROLE}2`, ROLE.toLowerCase(), `${ROLE}&role=${ROLE}`]) {
    expect((await ask(other)).status).toBe(404);
  }
  expect(calls).toHaveLength(1);
});

it("refuses a role that STS would not take before anything is served", () => {
  const { broker } = harness();
  expect(() => createCommandLineApp(broker, { roles: ["arn:aws1:iam::111122223333:role/a"] })).toThrow(
    expect.objectContaining({ code: "INVALID_SPEC" }),
  );
});
