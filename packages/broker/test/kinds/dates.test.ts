import { describe, expect, it } from "vitest";
import { readHttpDate, readTime } from "../../src/model/read-time.ts";
import { createAdminApp } from "../../src/server.ts";
import { readProof } from "../../src/server/proof/identity-proof.ts";
import { timeRefusal } from "../../src/sts/time-refusal.ts";
import { Registry } from "prom-client";
import { createHash } from "node:crypto";

describe("kind: a gate that cannot judge refuses: a date that is on no calendar", () => {
  it.each([
    "2026-02-31T00:00:00Z",
    "2026-02-29 00:00:00UTC",
    "2026-04-31T00:00:00+02:00",
    "1900-02-29T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:00:00",
  ])("%s is no time", (text) => {
    expect(readTime(text)).toBeUndefined();
  });

  it.each([
    ["2024-02-29T23:30:00-02:00", "2024-03-01T01:30:00.000Z"],
    ["2000-02-29T00:00:00UTC", "2000-02-29T00:00:00.000Z"],
    ["2026-12-31t23:59:59.5z", "2026-12-31T23:59:59.500Z"],
  ])("%s is one", (text, iso) => {
    expect(readTime(text)?.toISOString()).toBe(iso);
  });

  it.each(["Tue, 31 Feb 2026 00:00:00 GMT", "Fri, 02 Jan 2026 03:04:05", "2026-01-02T03:04:05Z", "1", 1, undefined])(
    "%s is not the Date of an answer",
    (text) => {
      expect(readHttpDate(text)).toBeUndefined();
      expect(readHttpDate("Fri, 02 Jan 2026 03:04:05 GMT")?.toISOString()).toBe("2026-01-02T03:04:05.000Z");
    },
  );

  it("in a refusal of STS corrects no clock", () => {
    const refused = (stated: string) =>
      timeRefusal(new Error(`Signature expired: it is earlier than now (${stated} - 5 min.)`));
    expect(refused("20260231T001500Z")).toEqual({ date: undefined });
    expect(refused("20260228T001500Z")).toEqual({ date: new Date("2026-02-28T00:15:00Z") });
  });

  it("in a proof of identity is refused", () => {
    const proof = (date: string) => ({
      region: "eu-west-1",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host;x-amz-date;x-countersign-audience;x-countersign-nonce, Signature=${"0".repeat(64)}`,
        "content-type": "application/x-www-form-urlencoded",
        "x-amz-date": date,
        "x-countersign-audience": "a",
        "x-countersign-nonce": "0123456789abcdef",
      },
    });
    const settings = { audience: "a", regions: ["eu-west-1"], now: Date.UTC(2026, 2, 3) };
    expect(readProof(proof("20260303T000000Z"), settings).madeAt).toBe(settings.now);
    expect(() => readProof(proof("20260231T000000Z"), settings)).toThrow(/at most five minutes old/u);
  });

  it("revokes nothing, and neither does one without a zone", async () => {
    const revoked: unknown[] = [];
    const broker = {
      snapshot: () => ({ degraded: false, roles: [] }),
      revoke: async (one: unknown) => void revoked.push(one),
    };
    const tokenSha256 = createHash("sha256").update("token").digest("hex");
    const app = createAdminApp(broker, { registry: new Registry(), tokenSha256: () => tokenSha256 });
    const revoke = (issuedBefore: unknown) =>
      app.request("/v1/revoke", {
        method: "POST",
        headers: { authorization: "Bearer token" },
        body: JSON.stringify({ issuedBefore }),
      });
    for (const text of ["2026-02-31T00:00:00Z", "2026-02-28", "1", "Mon Feb 31 2026", 1, null]) {
      expect((await revoke(text)).status).toBe(400);
    }
    expect(revoked).toEqual([]);
    expect((await revoke("2026-02-28T00:00:00Z")).status).toBe(200);
    expect(revoked).toEqual([{ issuedBefore: new Date("2026-02-28T00:00:00Z") }]);
  });
});
