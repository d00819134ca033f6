import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = (side: "node" | "web"): URL => new URL(`../src/platform/${side}/`, import.meta.url);
const files = (side: "node" | "web"): readonly string[] => readdirSync(folder(side)).toSorted();
const names = async (side: "node" | "web", file: string): Promise<readonly string[]> =>
  Object.keys((await import(new URL(file, folder(side)).href)) as object).toSorted();

describe("the platform seam", () => {
  it("has the same files on both sides", () => {
    expect(files("node")).toEqual(files("web"));
    expect(files("node").length).toBeGreaterThan(3);
  });

  it.each(files("node"))("has the same exports on both sides of %s", async (file) => {
    expect(await names("node", file)).toEqual(await names("web", file));
  });
});
