import type { CountersignEvent } from "@countersign/signer";
import { expect, it } from "vitest";
import { createOperatorLog } from "../../src/server.ts";

it("writes a line for what an operator must act on, and for nothing else", () => {
  const lines: string[] = [];
  const log = createOperatorLog((line) => lines.push(line));
  const at = Date.UTC(2026, 0, 2);
  const events: readonly CountersignEvent[] = [
    {
      name: "source.rejected",
      at,
      accessKeyId: "AKIDEXAMPLE",
      region: "eu-west-1",
      code: "SOURCE_REJECTED",
      reason: "no",
    },
    { name: "store.open", at, failures: 5, reason: "NOPERM" },
    { name: "credentials.refresh.start", at, key: "k", reason: "initial" },
    { name: "store.alarm", at, key: "revocations", code: "REVOCATION_FORGED" },
  ];
  for (const event of events) log(event);
  expect(lines.every((line) => line.endsWith("}\n"))).toBe(true);
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    {
      level: "error",
      time: "2026-01-02T00:00:00.000Z",
      event: "source.rejected",
      accessKeyId: "AKIDEXAMPLE",
      region: "eu-west-1",
      code: "SOURCE_REJECTED",
      reason: "no",
    },
    { level: "error", time: "2026-01-02T00:00:00.000Z", event: "store.open", failures: 5, reason: "NOPERM" },
    {
      level: "warn",
      time: "2026-01-02T00:00:00.000Z",
      event: "store.alarm",
      key: "revocations",
      code: "REVOCATION_FORGED",
    },
  ]);
});
