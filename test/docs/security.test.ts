import { existsSync } from "node:fs";
import path from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";
import { describe, expect, it } from "vitest";
import { readText, root } from "../packaging/workspaces.ts";

interface Row {
  readonly number: string;
  readonly attacker: string;
  readonly done: string;
  /** The tests that the list below the table names for this row. */
  readonly proofs: readonly { readonly title: string; readonly file: string }[];
}

/** The sections of the threat model: a table of claims each, and below it a list of their proofs by number. */
const [, model = ""] = readText("SECURITY.md").split("\n## Threat model\n");
const sections = (model.split("\n## ")[0] ?? "")
  .split("\n### ")
  .slice(1)
  .map((text) => {
    const lines = text.split("\n");
    const proofs = new Map(
      lines.flatMap((line) => {
        const [, number = "", links] = /^(\d+)\. (.*)$/u.exec(line) ?? [];
        return links === undefined ? [] : [[number, links] as const];
      }),
    );
    const rows = lines
      .filter((line) => line.startsWith("| "))
      .slice(2)
      .map((line): Row => {
        const [number = "", attacker = "", done = ""] = line
          .split("|")
          .slice(1)
          .map((cell) => cell.trim());
        const links = [...(proofs.get(number) ?? "").matchAll(/\[([^\]]+)\]\(([^)\s]+\.test\.ts)\)/gu)];
        return { number, attacker, done, proofs: links.map(([, title = "", file = ""]) => ({ title, file })) };
      });
    return { title: lines[0] ?? "", rows, numbers: [...proofs.keys()] };
  });

/** The words of what is called: `["describe", "skip"]` for `describe.skip.each(table)(title, body)`. */
function wordsOf(called: ESTree.Expression): string[] {
  if (called.type === "Identifier") return [called.name];
  if (called.type === "CallExpression") return wordsOf(called.callee);
  if (called.type === "TaggedTemplateExpression") return wordsOf(called.tag);
  if (called.type === "MemberExpression" && called.property.type === "Identifier")
    return [...wordsOf(called.object), called.property.name];
  return [];
}

/** Names of the tests and groups of tests in a file, and whether each of them runs: neither it nor a group around it is skipped. */
function testsOf(text: string): ReadonlyMap<string, boolean> {
  const tests = new Map<string, boolean>();
  const around: boolean[] = [];
  const isTest = (words: readonly string[]): boolean => ["describe", "it", "test"].includes(words[0] ?? "");
  new Visitor({
    CallExpression(call) {
      const words = wordsOf(call.callee);
      if (!isTest(words)) return;
      const [first] = call.arguments;
      const runs = !words.includes("skip") && !words.includes("todo");
      around.push(runs);
      let title: string | undefined;
      if (first?.type === "Literal" && typeof first.value === "string") title = first.value;
      if (first?.type === "TemplateLiteral" && first.expressions.length === 0)
        title = first.quasis[0]?.value.cooked ?? "";
      // A name that two have is proof only where both run.
      if (title !== undefined) tests.set(title, around.every(Boolean) && tests.get(title) !== false);
    },
    "CallExpression:exit"(call) {
      if (isTest(wordsOf(call.callee))) around.pop();
    },
  }).visit(parseSync("a.ts", text).program);
  return tests;
}

it("the threat model has its sections and rows", () => {
  expect(sections.length).toBeGreaterThan(5);
  expect(sections.flatMap(({ rows }) => rows).length).toBeGreaterThan(30);
});

describe.each(sections)("$title", ({ rows, numbers }) => {
  it("numbers its rows from 1, and its proofs as its rows", () => {
    const counted = rows.map((_, index) => String(index + 1));
    expect(rows.map(({ number }) => number)).toEqual(counted);
    expect(numbers).toEqual(counted);
  });

  it.each(rows)("$number: who $attacker: the claim names tests that exist and run", ({ attacker, done, proofs }) => {
    expect([attacker, done]).not.toContain("");
    expect(proofs.length).toBeGreaterThan(0);
    const wrong = proofs.filter(
      ({ title, file }) => !existsSync(path.join(root, file)) || testsOf(readText(file)).get(title) !== true,
    );
    expect(wrong).toEqual([]);
  });
});

describe("a test is found by its name where it runs", () => {
  it.each([
    ["it", `it("a", f)`, true],
    ["a test of a table", "test.each([[1]])('a', f)", true],
    ["a test that runs on some platforms", `describe.skipIf(windows)("b", () => { it("a", f) })`, true],
    ["another test", `it("a and more", f)`, undefined],
    ["a text", `const text = "a"; // it("a")`, undefined],
    ["a test that is skipped", `it.skip("a", f)`, false],
    ["a table that is skipped", "it.skip.each([[1]])(`a`, f)", false],
    ["a test in a group that is skipped", `describe.skip("b", () => { describe("c", () => { it("a", f) }) })`, false],
    ["a test that is to be written", `it.todo("a")`, false],
    ["one of two tests that is skipped", `it.skip("a", f); it("a", f)`, false],
  ])("%s", (_what, text, runs) => {
    expect(testsOf(text).get("a")).toBe(runs);
  });
});
