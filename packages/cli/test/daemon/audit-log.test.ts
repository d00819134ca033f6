import type { CountersignEvent } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { createAuditLog, refusedVend } from "../../src/daemon/audit-log.ts";

function log() {
  const lines: Record<string, unknown>[] = [];
  const told: string[] = [];
  const state = { backlog: 0, time: 0 };
  const audit = createAuditLog(
    {
      stdout: (text) => void lines.push(JSON.parse(String(text)) as Record<string, unknown>),
      stderr: (text) => void told.push(text),
      backlog: () => state.backlog,
    },
    () => state.time,
    refusedVend,
  );
  return { audit, lines, told, state };
}

const granted = { name: "vend.ok", grant: "chat", requestId: "r", subject: "s" } as CountersignEvent;
const denied = (code = "TOKEN_REJECTED"): CountersignEvent =>
  ({ name: "vend.denied", grant: "chat", requestId: "r", code }) as CountersignEvent;

describe("the audit log", () => {
  it("drops lines while its reader is slow, says so once, and counts them when the reader is back", () => {
    const { audit, lines, told, state } = log();
    audit.write(granted);
    state.backlog = 2 ** 20 + 1;
    for (let count = 0; count < 5; count++) audit.write(granted);
    expect(lines).toHaveLength(1);
    expect(told).toEqual(["audit: the reader of stdout is slow or gone; lines are dropped and counted\n"]);
    state.backlog = 0;
    audit.write(granted);
    expect(lines.slice(1)).toEqual([expect.objectContaining({ name: "audit.dropped", count: 5 }), granted]);
  });

  it("tells at the end what a reader that never came back missed", () => {
    const { audit, told, state } = log();
    state.backlog = Infinity;
    audit.write(granted);
    audit.close();
    expect(told.at(-1)).toBe("audit: 1 lines were dropped\n");
  });

  it("writes 60 refusals a minute of a grant and code, counts the rest, and never drops a grant", () => {
    const { audit, lines, state } = log();
    for (let count = 0; count < 1000; count++) audit.write(denied());
    audit.write(granted);
    audit.write(denied("CLAIM_REJECTED"));
    expect(lines).toHaveLength(62);
    state.time = 60_000;
    audit.write(denied());
    expect(lines.slice(62)).toEqual([
      expect.objectContaining({ name: "vend.denied.more", grant: "chat", code: "TOKEN_REJECTED", count: 940 }),
      denied(),
    ]);
  });

  it("tells the rest of a flood at the end", () => {
    const { audit, lines } = log();
    for (let count = 0; count < 61; count++) audit.write(denied());
    audit.close();
    expect(lines.at(-1)).toMatchObject({ name: "vend.denied.more", count: 1 });
  });
});
