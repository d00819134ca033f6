import { expect, it } from "vitest";
import { createRemoteAddress, limitedAddress } from "../../../src/server/limits/remote-address.ts";

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::FFFF:c000:207", "192.0.2.7"],
  ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
  ["::ffff:0:1.2.3.4", "0:0:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
  ["2001:db8::5:6", "2001:db8:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  [undefined, "unknown"],
])("%s is limited as %s", (address, name) => {
  expect(limitedAddress(address)).toBe(name);
});

it("limits never punish a valid proof: callers behind a proxy are told apart in every spelling of IPv4", () => {
  const find = createRemoteAddress(["10.0.0.0/8"]);
  const limited = (forwarded: string): string => find("::ffff:a00:1", forwarded).limited;
  expect(limited("::ffff:c000:207")).toBe("192.0.2.7");
  expect(limited("::ffff:c000:208")).toBe("192.0.2.8");
  expect(limited("192.0.2.9, ::ffff:a00:2")).toBe("192.0.2.9");
});
