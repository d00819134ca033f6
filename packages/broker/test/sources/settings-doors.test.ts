import { describe, expect, it } from "vitest";
import { brokerMetrics, settingsOf } from "../../src/index.ts";

const refused = expect.objectContaining({ name: "BrokerError", code: "INVALID_OPTION" });
const env = { AWS_CONFIG_FILE: "/nonexistent/config", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials" };

describe("settingsOf", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["text", "dev"],
    ["a misspelt option", { env, profil: "dev" }],
    ["a misspelt file", { env, files: { confg: "/x" } }],
    ["an object as profile", { env, profile: {} }],
    ["an empty profile", { env, profile: "" }],
    ["an environment that is null", { env: null }],
    ["files that are null", { env, files: null }],
  ])("refuses %s", (_, query) => {
    expect(() => settingsOf(query as never)).toThrow(refused);
  });

  it("does not read the profile from a polluted prototype", () => {
    const query = Object.assign(Object.create({ profile: "attacker" }) as object, { env });
    expect(settingsOf(query)).toMatchObject({ profile: "default", namedBy: undefined });
  });
});

describe("brokerMetrics", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["options", {}],
    ["a function", () => undefined],
    ["text", "x"],
  ])("refuses %s", async (_, registry) => {
    await expect(brokerMetrics(registry as never)).rejects.toEqual(refused);
  });
});
