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

interface Part {
  readonly part: string;
  readonly gzip: number;
}

const { parts } = JSON.parse(readText("packages/browser/dist/parts.json")) as { readonly parts: readonly Part[] };

describe("what each part costs", () => {
  it.each(parts)("$part: the README says what the build measured, to 3 %", ({ part, gzip }) => {
    const [, table = ""] =
      /<!-- parts:start -->([^]*)<!-- parts:end -->/u.exec(readText("packages/browser/README.md")) ?? [];
    const row = table.split("\n").find((line) => line.startsWith(`| \`${part}\` |`));
    const said = Number((row?.split("|")[2] ?? "").replace(",", ""));
    expect(Math.abs(said - gzip)).toBeLessThanOrEqual(Math.max(20, gzip * 0.03));
  });
});
