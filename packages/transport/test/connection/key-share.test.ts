import { describe, expect, it } from "vitest";
import { sessionGroup, withoutGroup } from "../../src/connection/key-share.ts";

const der = (tag: number, ...content: readonly number[]): number[] =>
  content.length < 0x80
    ? [tag, content.length, ...content]
    : [tag, 0x82, content.length >> 8, content.length & 0xff, ...content];

const filler = (length: number): number[] => Array.from({ length }, () => 0x30);

/** A session as OpenSSL 3 writes it, shortened: version, suite, master key, peer certificate, group. */
const session = (group: readonly number[], certificate = 20): number[] =>
  der(
    0x30,
    ...der(0x02, 1),
    ...der(0x04, 0x13, 0x01),
    ...der(0x04, ...filler(48)),
    ...der(0xa3, ...der(0x30, ...filler(certificate))),
    ...der(0xb3, ...der(0x02, ...group)),
  );

describe("the group of a session", () => {
  it.each([
    ["X25519", [0x1d], 0x1d],
    ["X25519MLKEM768", [0x11, 0xec], 0x11ec],
  ])("is read and replaced: %s", (_name, bytes, id) => {
    for (const certificate of [20, 1_200]) {
      const given = Buffer.from(session(bytes, certificate));
      expect(sessionGroup(given)).toBe(id);
      const offered = withoutGroup(given);
      expect(offered).toHaveLength(given.length);
      expect(sessionGroup(offered)).toBeUndefined();
      expect(sessionGroup(given)).toBe(id);
    }
  });

  it.each(["localhost", "00000.example", "0".repeat(200)])("is found behind the server's name %s", (name) => {
    // Node 22.23 and 26.9: "\0nodejs:tls:session:1\0", the length of the name in two bytes, the name.
    const prefix = Buffer.from(`\0nodejs:tls:session:1\0\0${String.fromCodePoint(name.length)}${name}`, "latin1");
    const wrapped = Buffer.concat([prefix, Buffer.from(session([0x1d]))]);
    expect(sessionGroup(wrapped)).toBe(0x1d);
    expect(sessionGroup(withoutGroup(wrapped))).toBeUndefined();
  });

  it.each([
    ["nothing", []],
    ["text", [...Buffer.from("a session of another library")]],
    ["no group", der(0x30, ...der(0x02, 1), ...der(0x04, 0x13, 0x01))],
    ["another version", der(0x30, ...der(0x02, 2), ...der(0xb3, ...der(0x02, 0x1d)))],
    ["a group of three bytes", session([1, 0x11, 0xec])],
    ["a group that is not a number", der(0x30, ...der(0x02, 1), ...der(0xb3, ...der(0x04, 0x1d)))],
    ["a sequence of one byte", der(0x30, 1)],
    ["a length beyond the end", [0x30, 0x82, 0xff, 0xff, 2, 1, 1]],
    ["an element beyond the end", der(0x30, ...der(0x02, 1), 0xb3, 0x7f, 2)],
    ["a length in five bytes", [0x30, 0x85, 0, 0, 0, 0, 3, 2, 1, 1]],
  ])("is unknown in %s", (_name, bytes) => {
    expect(sessionGroup(Buffer.from(bytes))).toBeUndefined();
    expect(withoutGroup(Buffer.from(bytes))).toBeUndefined();
  });

  it("is unknown without a session", () => {
    expect(sessionGroup(undefined)).toBeUndefined();
  });

  it("is searched in linear time", () => {
    const started = process.cpuUsage();
    sessionGroup(Buffer.alloc(1_000_000, 0x30));
    sessionGroup(Buffer.alloc(1_000_000, 0));
    // A search that begins anew at each byte takes minutes.
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
