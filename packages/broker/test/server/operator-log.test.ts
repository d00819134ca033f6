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

it("writes 60 lines a minute of one event and code, and then how many it left out", () => {
  const lines: Record<string, unknown>[] = [];
  const log = createOperatorLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>), { level: "error" });
  const at = Date.UTC(2026, 0, 2);
  const rejected = (code: string, time: number): CountersignEvent => ({
    name: "source.rejected",
    at: time,
    accessKeyId: "AKIDEXAMPLE",
    region: "eu-west-1",
    code,
    reason: "no",
  });
  for (let count = 0; count < 500; count += 1) log(rejected("A", at + count));
  log(rejected("B", at + 500));
  expect(lines.map(({ code }) => code)).toEqual([...Array<string>(60).fill("A"), "B"]);
  // Any event tells it once the minute has passed.
  log(rejected("B", at + 60_000));
  expect(lines.slice(61)).toEqual([
    {
      level: "error",
      time: "2026-01-02T00:01:00.000Z",
      event: "source.rejected.more",
      code: "A",
      count: 440,
      since: "2026-01-02T00:00:00.000Z",
    },
    expect.objectContaining({ event: "source.rejected", code: "B" }),
  ]);
  log(rejected("A", at + 60_001));
  expect(lines.at(-1)).toMatchObject({ event: "source.rejected", code: "A" });
});

it("keeps a bounded number of kinds, and lines of a program's own are always written", () => {
  const lines: string[] = [];
  const log = createOperatorLog((line) => lines.push(line));
  for (let count = 0; count < 5000; count += 1) log({ name: "store.alarm", at: 0, key: "k", code: `STORE_${count}` });
  expect(lines).toHaveLength(1060);
  for (let count = 0; count < 100; count += 1) log.note("info", "serve.listening");
  expect(lines).toHaveLength(1160);
  // A clock that is set back ends the minute too.
  log({ name: "store.alarm", at: -1, key: "k", code: "STORE_1" });
  expect(lines.slice(1160).map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    "store.alarm.more",
    "store.alarm",
  ]);
});
