import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readText, root } from "../packaging/workspaces.ts";

/** Phrases that usually have to be read twice; docs/style.md says what to write instead. */
const RIDDLES: readonly RegExp[] = [
  /\b(?:is|are|was|were|be) none\b/giu,
  /\bnone (?:of (?:it|them|this|these)|any more)\b/giu,
  /\b(?:nobody|somebody|whoever|whomever)\b/giu,
  /\b(?:that|which|who) (?:is|are|was|were) no [a-z]+/giu,
  /\bwhat there is\b/giu,
  /\bone['’]s own\b/giu,
  /\bas far as (?:it|they)\b/giu,
  /\bbeside the .* and not in\b/giu,
  /\bof which one\b/giu,
  /\banybody\b/giu,
  /\bbut for\b/giu,
  /\b(?:its|their) kin\b/giu,
];

/** The most that the repository may hold. It only ever goes down. */
const MOST_RIDDLES = 10;

/** Files that quote riddles in order to forbid them. */
const QUOTES = new Set(["docs/style.md", "test/docs/riddles.test.ts"]);

/** The API reference repeats docstrings, which are counted in the sources. */
const GENERATED = "docs/reference/";

const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
const files = listed
  .toString()
  .split("\n")
  .filter((file) => /\.(?:ts|mjs|js|md|html)$/u.test(file) && !QUOTES.has(file) && !file.startsWith(GENERATED))
  .filter((file) => existsSync(path.join(root, file)));

it("hardly any sentence has to be read twice", () => {
  const found = files.flatMap((file) =>
    readText(file)
      .split("\n")
      .flatMap((line, index) =>
        RIDDLES.some((riddle) => line.search(riddle) >= 0)
          ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`]
          : [],
      ),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(found.length <= MOST_RIDDLES ? [] : found).toEqual([]);
});
