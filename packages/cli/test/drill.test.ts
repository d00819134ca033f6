import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { DRILLS } from "../src/drill/drills.ts";
import type { Outcome } from "../src/drill/report.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-drill-"));
afterAll(() => rmSync(folder, { recursive: true }));

const allow = [
  {
    actions: ["sagemaker:InvokeEndpoint"],
    resources: ["arn:aws:sagemaker:eu-west-1:111122223333:endpoint/{tenant}-*"],
  },
];

function config(name: string, change: object = {}): string {
  const file = path.join(folder, name);
  const content = {
    version: 1,
    region: "eu-west-1",
    failoverRegions: ["eu-central-1"],
    listen: [{ port: 8080 }],
    vending: {
      hosts: ["127.0.0.1:8080"],
      origins: ["https://app.example.com"],
      identityProvider: { issuer: "https://id.example.com", audience: "a", jwksUrl: "https://id.example.com/jwks" },
      grants: {
        web: { kind: "browser", roleArn: "arn:aws:iam::111122223333:role/web", allow },
        task: {
          kind: "container",
          roleArn: "arn:aws:iam::444455556666:role/task",
          externalId: "from-us",
          tokenSha256: ["a".repeat(64)],
        },
      },
    },
    ...change,
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

it("every drill holds, prints what callers saw, and leaves nothing running", { timeout: 120_000 }, async () => {
  const { code, out, err } = await run(["drill", "--config", config("broker.json"), "--json"]);
  expect(err).toBe("");
  const outcomes = JSON.parse(out) as Outcome[];
  expect(outcomes.map(({ name }) => name)).toEqual(DRILLS.map(({ name }) => name));
  expect(
    outcomes.flatMap(({ name, held }) => held.filter(({ holds }) => !holds).map(({ must }) => [name, must])),
  ).toEqual([]);
  for (const { held } of outcomes) expect(held.length).toBeGreaterThan(0);
  const seen = (name: string): string[] =>
    outcomes.find((one) => one.name === name)?.seen.map(({ what }) => what) ?? [];
  expect(seen("sts-down")).toContain("all grants: 503");
  expect(seen("trust-policy")).toContain("web: 403, task: 200");
  expect(seen("own-key")).toContain("all grants: 503; not ready");
  expect(code).toBe(0);
});

it(
  "the drill of the store holds for the configurations of docs/ops, which have one grant",
  { timeout: 60_000 },
  async () => {
    for (const name of ["systemd", "kubernetes"]) {
      const file = fileURLToPath(new URL(`../../../docs/ops/${name}/broker.json`, import.meta.url));
      const { code, out } = await run(["drill", "--only", "store-stalls", "--only", "store-rights", "--config", file]);
      expect(out).toContain("holds: the operator's log has store.open with TIMEOUT");
      expect(out).not.toContain("FAILS");
      expect(code).toBe(0);
    }
  },
);

it("fails for a drill that is named and that the configuration lacks the parts for", async () => {
  const file = fileURLToPath(new URL("../../../docs/ops/systemd/broker.json", import.meta.url));
  const { code, out } = await run(["drill", "--only", "region-down", "--config", file]);
  expect([code, out]).toEqual([1, expect.stringContaining("not drilled: the configuration has no failoverRegions")]);
});
