import { readdirSync } from "node:fs";
import { expect, test } from "vitest";

const folder = (side: string): URL => new URL(`../../src/platform/${side}/`, import.meta.url);
const names = readdirSync(folder("node"));

test("both sides of the platform seam hold files of the same names", () => {
  expect(names.length).toBeGreaterThan(0);
  expect(readdirSync(folder("web"))).toEqual(names);
});

test.each(names)("%s exports the same names on both sides", async (name) => {
  const exportsOf = async (side: string): Promise<string[]> =>
    Object.keys((await import(new URL(name, folder(side)).href)) as object).toSorted();
  expect(await exportsOf("web")).toEqual(await exportsOf("node"));
});
