import { expect, it } from "vitest";
import { isLoopbackHost } from "../../src/endpoints.ts";

it.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["::1", true],
  ["[::1]", true],
  ["a.localhost", false],
  ["localhost.example", false],
  ["127.0.0.1.example", false],
  ["127.0.0", false],
  ["128.0.0.1", false],
  ["::2", false],
  ["0.0.0.0", false],
  ["", false],
])("%j names this machine: %s", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
