import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { publicPackages } from "../../release/packages.mjs";
import { readText, root } from "../packaging/workspaces.ts";

/** What git would commit, so that the files of a build and of other programs do not count. */
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root });
const documents = listed
  .toString()
  .split("\n")
  .filter((file) => file !== "" && existsSync(path.join(root, file)));

/** A document without what is in fences and in code, where brackets are no links. */
function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gmu, "").replaceAll(/`[^`\n]*`(?!\])/gu, "");
}

/**
 * The anchors that a forge makes of headings: lower case, without punctuation, hyphens for spaces; and those that the
 * text itself sets.
 */
function anchorsOf(text: string): Set<string> {
  const rest = text.replaceAll(/^```[^]*?^```$/gmu, "");
  const headings = [...rest.matchAll(/^#{1,6} (.*)$/gmu)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/gu, "-"),
  );
  const set = [...rest.matchAll(/<a id="([^"]+)"><\/a>/gu)].map(([, id = ""]) => id);
  return new Set([...headings, ...set]);
}

describe("the documents", () => {
  it("are found", () => {
    expect(documents).toEqual(
      expect.arrayContaining(["README.md", "docs/quick-starts.md", "packages/signer/README.md"]),
    );
  });

  it.each(documents)("%s has links that lead somewhere", (document) => {
    const broken: string[] = [];
    for (const [, target = ""] of prose(readText(document)).matchAll(/\]\(([^)\s]+)\)/gu)) {
      if (/^[a-z]+:/u.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const where = file === "" ? document : path.join(path.dirname(document), file);
      const isThere = existsSync(path.join(root, where));
      if (!isThere || (anchor !== undefined && !anchorsOf(readText(where)).has(anchor))) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  it.each(documents)("%s names no folder of one machine", (document) => {
    expect(readText(document)).not.toMatch(/(?:^|[\s"'`(])\/(?:work|home|root|Users|tmp)\/|[A-Z]:\\/mu);
  });
});

const packages = readdirSync(path.join(root, "packages"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it.each(packages)("%s has a README of at most 180 lines, without the tables that the benchmarks write", (name) => {
  const prose = readText(`packages/${name}/README.md`).replace(/<!-- bench:start -->[^]*?<!-- bench:end -->/u, "");
  expect(prose.trimEnd().split("\n").length).toBeLessThanOrEqual(180);
});

it.each(publicPackages(root).map(({ name }) => name))("the README of %s says how it is installed", (name) => {
  const folder = name.replace("@countersign/", "").replace(/^countersign$/u, "cli");
  expect(readText(`packages/${folder}/README.md`)).toMatch(new RegExp(`npm install [^\n]*${name}\\b`, "u"));
});
