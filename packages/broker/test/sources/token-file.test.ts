import { lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readTokenFile, replaceTokenFile } from "../../src/sources/token-file.ts";
import { createHome } from "./fixture.ts";

it.each([
  ["a file", (file: string) => file],
  [
    "the file that a link leads to",
    (file: string) => {
      symlinkSync(file, `${file}.link`);
      return `${file}.link`;
    },
  ],
  [
    "the file that a chain of relative links leads to",
    (file: string) => {
      symlinkSync(path.basename(file), `${file}.first`);
      symlinkSync(`${path.basename(file)}.first`, `${file}.second`);
      return `${file}.second`;
    },
  ],
])("replaces %s, for its owner alone, and keeps links", (_what, lead) => {
  using home = createHome();
  const file = home.write(".aws/sso/cache/token.json", JSON.stringify({ accessToken: "spent" }), 0o644);
  const given = lead(file);
  const before = readdirSync(path.dirname(file));
  replaceTokenFile(given, { accessToken: "new" });
  expect(readTokenFile(given)).toEqual({ accessToken: "new" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ accessToken: "new" });
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(lstatSync(given).isSymbolicLink()).toBe(given !== file);
  expect(readdirSync(path.dirname(file))).toEqual(before);
});
