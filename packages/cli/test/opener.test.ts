import { expect, it } from "vitest";
import { openerOf } from "../src/opener.ts";

it.each([
  ["darwin", ["open"]],
  ["win32", ["cmd", "/c", "start", ""]],
  ["linux", ["xdg-open"]],
  ["freebsd", ["xdg-open"]],
] as const)("on %s the browser is opened by %j", (platform, command) => {
  expect(openerOf(platform)).toEqual(command);
});
