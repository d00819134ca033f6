import { describe, expect, it } from "vitest";
import { createPageHeaders } from "../../../src/server/routes/page-headers.ts";
import { HOST, ORIGIN, startVending } from "../fixture.ts";

const request = (origin?: string): Request =>
  new Request(`https://${HOST}/v1/vend/invoke`, { headers: origin === undefined ? {} : { origin } });

describe("headers for pages", () => {
  const date = "Mon, 30 Nov 2026 08:00:00 GMT";
  const pages = createPageHeaders(() => [ORIGIN], { now: () => Date.parse(date) });

  it("name an allowed origin and no other", () => {
    expect(pages.answering(request(ORIGIN))).toEqual({
      vary: "Origin",
      date,
      "access-control-allow-origin": ORIGIN,
      "access-control-expose-headers": "date,retry-after",
    });
    for (const origin of [undefined, "null", "*", `${ORIGIN}.evil.example`, ORIGIN.toUpperCase(), `${ORIGIN}/`]) {
      expect({ origin, ...pages.answering(request(origin)) }).toEqual({ origin, vary: "Origin", date });
    }
  });

  it("tell a browser what a page may send, and a page of another origin nothing that lets it send", () => {
    const { status, headers } = pages.preflight(request(ORIGIN));
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toEqual({
      "access-control-allow-headers": "authorization,content-type",
      "access-control-allow-methods": "POST",
      "access-control-allow-origin": ORIGIN,
      "access-control-expose-headers": "date,retry-after",
      "access-control-max-age": "600",
      date,
      vary: "Origin, Access-Control-Request-Headers",
    });
    expect(pages.preflight(request("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("date an answer by the broker's clock, which STS corrects, and not by the machine's", async () => {
    const vending = await startVending();
    try {
      await vending.aws.clock.advance(2 * 3_600_000);
      const { headers } = await vending.vend("invoke");
      const offMs = Date.parse(headers.get("date") ?? "") - vending.aws.clock.now();
      expect(Math.abs(offMs)).toBeLessThanOrEqual(1_000);
    } finally {
      await vending.close();
    }
  });

  it("are on every answer of a path for pages, so that a page can read why it was refused", async () => {
    const vending = await startVending();
    try {
      const answers = [
        await vending.vend("unknown"),
        await vending.vend("invoke", { token: "a.b.c" }),
        await vending.vend("invoke", { body: "x".repeat(5000) }),
        await vending.app.request(`https://${HOST}/v1/vend/a/b`, { headers: { host: HOST, origin: ORIGIN } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 401, 413, 404]);
      for (const { headers } of answers) {
        expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
        expect(headers.get("vary")).toBe("Origin");
      }
      const health = await vending.app.request(`https://${HOST}/healthz`, { headers: { host: HOST, origin: ORIGIN } });
      expect(health.headers.get("access-control-allow-origin")).toBeNull();
    } finally {
      await vending.close();
    }
  });
});
