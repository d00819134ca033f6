import { describe, expect, it } from "vitest";
import { readText, workspaces } from "./workspaces.ts";

// The rows of the README's table: a package imports only packages of a lower row.
const ROWS: Readonly<Record<string, number>> = {
  countersign: 5,
  "@countersign/browser": 5,
  "@countersign/sagemaker": 4,
  "@countersign/sdk": 4,
  "@countersign/proxy": 4,
  "@countersign/broker": 3,
  "@countersign/guard": 3,
  "@countersign/transport": 2,
  "@countersign/fetch": 2,
  "@countersign/testing": 2,
  "@countersign/inspector": 2,
  "@countersign/signer": 1,
};

const IMPORT = /(?:from|import\()\s*"((?:@countersign\/[a-z]+|countersign))(?:\/[^"]*)?"/g;

function importsOf(source: string): string[] {
  return [...readText(source).matchAll(IMPORT)].map(([, name]) => name ?? "");
}

describe.each(workspaces())("$manifest.name", ({ manifest, sources }) => {
  const row = ROWS[manifest.name] ?? 0;

  it("has a row", () => {
    expect(row).toBeGreaterThan(0);
  });

  it("imports only packages of a lower row, and declares each", () => {
    for (const source of sources) {
      // A documentation example may show a caller's view: only code counts.
      for (const imported of importsOf(source).filter((name) => name !== manifest.name && !isExample(source, name))) {
        expect(ROWS[imported], `${source} imports ${imported}`).toBeLessThan(row);
        expect(manifest.dependencies, `${source} imports ${imported}`).toHaveProperty([imported]);
      }
    }
  });

  it("opens no connection through the SDK's own chain of credentials", () => {
    const chain = /@aws-sdk\/credential-provider|fromNodeProviderChain|defaultProvider/;
    expect(sources.filter((source) => chain.test(readText(source)))).toEqual([]);
    expect(Object.keys(manifest.dependencies ?? {}).filter((name) => chain.test(name))).toEqual([]);
  });

  it("depends on no package of its own row or above", () => {
    const named = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(named.filter((name) => (ROWS[name] ?? 0) >= row)).toEqual([]);
  });
});

function isExample(source: string, imported: string): boolean {
  const lines = readText(source).split("\n");
  return lines.filter((line) => line.includes(`"${imported}`)).every((line) => /^\s*(\*|\/\/)/.test(line));
}
