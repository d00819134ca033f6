import { describe, expect, it } from "vitest";
import { parseNoProxy } from "../../src/proxy/no-proxy.ts";

describe("kind: a host is recognised in every spelling: NO_PROXY", () => {
  it.each([
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["10.0.0.0/8", "10.example", false],
    ["amazonaws.com.", "sts.amazonaws.com", true],
    ["amazonaws.com.", "amazonaws.com.", true],
    ["amazonaws.com.", "myamazonaws.com", false],
    [".amazonaws.com.", "sts.amazonaws.com", true],
    ["*.amazonaws.com", "sts.amazonaws.com.", true],
    ["::1/128", "::1", true],
    ["::1/128", "::2", false],
    ["[::1]/128", "::1", true],
    ["[fd00::]/8", "fd12::9", true],
    ["fd00::/8", "fd12::9", true],
    ["fd00::/8", "fe00::1", false],
    ["[fd00::/8]", "fd12::9", true],
    ["0:0:0:0:0:0:0:1", "::1", true],
    ["FD00::A", "fd00::a", true],
    ["10.0.0.0/8", "::ffff:a00:1", true],
    ["10.0.0.0/33", "10.1.2.3", false],
    ["10.0.0/8", "10.1.2.3", false],
    ["10.0.0.0/8/8", "10.1.2.3", false],
    ["10.0.0.0/", "10.0.0.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["::/0", "2600::1", true],
    ["", "a.example", false],
    [".", "a.example", false],
    ["*.", "a.example", false],
    ["[]", "a.example", false],
  ])("%j exempts %s: %s", (list, host, expected) => {
    expect(parseNoProxy(list)(host, 443)).toBe(expected);
  });

  it.each([
    ["10.0.0.1:8443", "10.0.0.1", 8443, true],
    ["10.0.0.1:8443", "10.0.0.1", 443, false],
    ["[::1]:8443", "::1", 443, false],
    ["*.a.example:8443", "b.a.example", 8443, true],
    ["*:8443", "b.a.example", 8443, true],
    ["*:8443", "b.a.example", 443, false],
  ])("%j exempts %s:%i: %s", (list, host, port, expected) => {
    expect(parseNoProxy(list)(host, port)).toBe(expected);
  });

  it.each(["a.example,10.0.0.0/8", "a.example 10.0.0.0/8", " a.example , \t10.0.0.0/8,, ", "a.example\n10.0.0.0/8"])(
    "reads the entries of %j",
    (list) => {
      const exempt = parseNoProxy(list);
      expect(["a.example", "10.1.1.1", "b.example"].map((host) => exempt(host, 443))).toEqual([true, true, false]);
    },
  );

  it("is read in linear time", () => {
    const many = (text: string): string => text.repeat(500_000);
    const started = process.cpuUsage();
    parseNoProxy(`${many("[")},${many(":")},${many("*.")},${many("1")}:`)("a", 1);
    // Quadratic work takes minutes.
    expect(process.cpuUsage(started).user).toBeLessThan(3_000_000);
  });
});
