import { expect, it } from "vitest";
import { createSessionCache } from "../../src/connection/session-cache.ts";

const entry = (name: string, validTo = "2027-01-01T00:00:00.000Z") => ({
  session: Buffer.from(name),
  peer: { subject: name, issuer: "CA", validTo, spkiSha256: name },
});
const now = Date.parse("2026-06-01T00:00:00Z");

it("gives a session back to the host it came from, with the certificate of its first handshake", () => {
  const cache = createSessionCache();
  cache.remember("a:443/a", entry("a"));
  expect(cache.find("a:443/a", now)?.peer.subject).toBe("a");
  expect(cache.find("a:8443/a", now)).toBeUndefined();
  expect(cache.find("a:443/b", now)).toBeUndefined();
});

it("does not carry a certificate past its end", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("a", "2026-05-31T23:59:59.000Z"));
  expect(cache.find("a", now)).toBeUndefined();
  expect(cache.find("a", 0)).toBeUndefined();
});

it("keeps the newest session of each host, and a hundred hosts", () => {
  const cache = createSessionCache();
  cache.remember("first", entry("old"));
  cache.remember("first", entry("new"));
  expect(cache.find("first", now)?.session.toString()).toBe("new");
  for (let n = 0; n < 100; n++) cache.remember(`host${n}`, entry("x"));
  expect(cache.find("first", now)).toBeUndefined();
  expect(cache.find("host0", now)).toBeDefined();
});

it("forgets", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("a"));
  cache.remember("b", entry("b"));
  cache.forget("a");
  expect([cache.find("a", now), cache.find("b", now) === undefined]).toEqual([undefined, false]);
  cache.clear();
  expect(cache.find("b", now)).toBeUndefined();
});
