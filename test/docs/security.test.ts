import { existsSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readText, root } from "../packaging/workspaces.ts";

/** The rows of the threat model: who attacks, and the tests that are named as proof of the claim. */
const [, section = ""] = readText("SECURITY.md").split("\n## Threat model\n");
const rows = (section.split("\n## ")[0] ?? "")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => {
    const [attacker = "", , , proof = ""] = line.split("|").slice(1, -1);
    return { attacker: attacker.trim(), proofs: [...proof.matchAll(/\[([^\]]+)\]\(([^)]+)\)/gu)] };
  });

it("the threat model has its rows", () => {
  expect(rows.length).toBeGreaterThan(30);
});

it.each(rows)("$attacker: each claim names tests that exist", ({ proofs }) => {
  expect(proofs.length).toBeGreaterThan(0);
  const missing = proofs.filter(
    ([, title = "", file = ""]) => !existsSync(path.join(root, file)) || !readText(file).includes(title),
  );
  expect(missing.map(([link]) => link)).toEqual([]);
});
