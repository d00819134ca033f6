import { expect, it } from "vitest";
import { type Moment, createSessionCache } from "../../src/connection/session-cache.ts";

/** The least that OpenSSL's format needs: SEQUENCE { INTEGER 1, [19] EXPLICIT INTEGER group }. */
const sessionWith = (group: number): Buffer => Buffer.from([0x30, 8, 2, 1, 1, 0xb3, 3, 2, 1, group]);

const start = Date.parse("2026-06-01T00:00:00Z");
/** The moment `ms` after the start, by all clocks unless told otherwise. */
const after = (ms: number, clocks: Partial<Moment> = {}): Moment => ({
  now: start + ms,
  wall: start + ms,
  monotonic: ms,
  ...clocks,
});
const now = after(0);
const entry = (name: string, validTo = "2027-01-01T00:00:00.000Z", shownAt = now) => ({
  session: sessionWith(0x1d),
  peer: { subject: name, issuer: "CA", validTo, spkiSha256: name },
  shownAt,
});

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
  expect(cache.find("a", after(-start))).toBeUndefined();
});

it("has a server show its certificate again after a day, however often its sessions were resumed", () => {
  const cache = createSessionCache();
  const first = entry("a");
  const hourMs = 3_600_000;
  cache.remember("a", first);
  for (let hour = 0; hour < 24; hour++) {
    const found = cache.find("a", after(hour * hourMs));
    expect(found?.peer).toBe(first.peer);
    // The resumed connection brings a new ticket, and no certificate of its own.
    cache.remember("a", { ...first, session: sessionWith(0x1d) });
  }
  expect(cache.find("a", after(24 * hourMs))).toBeUndefined();
  cache.remember("a", { ...first, session: sessionWith(0x1d) });
  expect(cache.find("a", after(24 * hourMs))).toBeUndefined();
  cache.remember("a", entry("a", undefined, after(24 * hourMs)));
  expect(cache.find("a", after(24 * hourMs))).toBeDefined();
});

it("counts the day from the certificate, with a session that is first used later, and where the clock is set back", () => {
  const dayMs = 86_400_000;
  for (const later of [-2 * dayMs, -dayMs, dayMs, 5 * dayMs]) {
    const cache = createSessionCache();
    cache.remember("a", entry("a"));
    expect(cache.find("a", after(later))).toBeUndefined();
  }
  const cache = createSessionCache();
  cache.remember("a", entry("a"));
  expect(cache.find("a", after(0.9 * dayMs))).toBeDefined();
  expect(cache.find("a", after(-0.1 * dayMs))).toBeDefined();
  expect(cache.find("a", after(1.1 * dayMs))).toBeUndefined();
});

it.each<[string, (ms: number) => Partial<Moment>]>([
  ["the answers of servers hold the corrected clock", () => ({ now: start })],
  ["the machine's clock stands still", () => ({ now: start, wall: start })],
  ["the machine sleeps, and answers hold the corrected clock", () => ({ now: start, monotonic: 0 })],
  [
    "the machine's clock is set back a little less than a day",
    (ms) => ({ now: start + ms - 8e7, wall: start + ms - 8e7 }),
  ],
])("has a server show its certificate again after a day, where %s", (_where, clocks) => {
  const dayMs = 86_400_000;
  const cache = createSessionCache();
  cache.remember("a", entry("a"));
  expect(cache.find("a", after(0.99 * dayMs, clocks(0.99 * dayMs)))).toBeDefined();
  expect(cache.find("a", after(dayMs, clocks(dayMs)))).toBeUndefined();
});

it("does not carry a certificate past its end by the machine's clock, where answers hold the corrected one", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("a", "2026-06-01T00:00:01.000Z"));
  expect(cache.find("a", after(500, { now: start - 8e7 }))).toBeDefined();
  expect(cache.find("a", after(1500, { now: start - 8e7 }))).toBeUndefined();
});

it("keeps the newest session of each host", () => {
  const cache = createSessionCache();
  cache.remember("first", entry("old"));
  cache.remember("first", entry("new"));
  expect(cache.find("first", now)?.peer.subject).toBe("new");
});

it("keeps its hits with one host more than the limit, and forgets hosts that are not used", () => {
  const cache = createSessionCache();
  for (let n = 0; n < 101; n++) cache.remember(`host${n}`, entry("x"));
  for (let round = 0; round < 303; round++) expect(cache.find(`host${round % 101}`, now)).toBeDefined();
  for (let round = 0; round < 8; round++) {
    for (let n = 0; n < 50; n++) cache.remember(`other${round}-${n}`, entry("x"));
    expect(cache.find("host7", now)).toBeDefined();
  }
  expect(cache.find("host8", now)).toBeUndefined();
});

it("forgets a session in every generation", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("old"));
  for (let n = 0; n < 100; n++) cache.remember(`host${n}`, entry("x"));
  cache.remember("a", entry("new"));
  cache.forget("a");
  expect(cache.find("a", now)).toBeUndefined();
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

it("offers a session with a placeholder for the group, and none of unknown format", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("a"));
  expect(cache.find("a", now)?.session).toEqual(sessionWith(1));
  cache.remember("a", { ...entry("a"), session: Buffer.from("unknown") });
  expect(cache.find("a", now)).toBeUndefined();
});

it("remembers no session of a forbidden host", () => {
  const cache = createSessionCache();
  cache.remember("a", entry("a"));
  cache.forbid("a");
  cache.remember("a", entry("a"));
  expect(cache.find("a", now)).toBeUndefined();
  // Connections go on to "a" while others fill the memory of forbidden hosts.
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 90; n++) cache.forbid(`host${round}-${n}`);
    cache.remember("a", entry("a"));
    expect(cache.find("a", now)).toBeUndefined();
  }
});
