import type { CountersignEvent } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { createAuditLog, refusedVend } from "../../src/daemon/audit-log.ts";

function log() {
  const lines: Record<string, unknown>[] = [];
  const state = { time: 0 };
  const audit = createAuditLog(
    {
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    },
    () => state.time,
    refusedVend,
  );
  return { audit, lines, state };
}

const granted = { name: "vend.ok", grant: "chat", requestId: "r", subject: "s" } as CountersignEvent;
const denied = (code = "TOKEN_REJECTED"): CountersignEvent =>
  ({ name: "vend.denied", grant: "chat", requestId: "r", code }) as CountersignEvent;

describe("the audit log", () => {
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
