import { describe, expect, it } from "vitest";
import { readText } from "./workspaces.ts";

interface Bundle {
  readonly file: string;
  readonly integrity: string;
}

const bundles = JSON.parse(readText("packages/browser/dist/integrity.json")) as readonly Bundle[];

describe.each(bundles)("$file", ({ file, integrity }) => {
  it("has the integrity hash that the README names: `node build.mjs --readme` in packages/browser writes it", () => {
    const row = readText("packages/browser/README.md")
      .split("\n")
      .find((line) => line.startsWith(`| \`${file}\``));
    expect(row).toContain(`\`${integrity}\``);
  });
});
