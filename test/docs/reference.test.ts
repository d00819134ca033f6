import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareFolders } from "../../docs/tools/compare-folders.mjs";
import { entryPoints } from "../../docs/tools/entry-points.mjs";
import { readText } from "../packaging/workspaces.ts";

describe("the API reference", () => {
  const index = readText("docs/reference/README.md");

  it.each(entryPoints().map(({ specifier }) => specifier))("has a page for %s, linked from the index", (specifier) => {
    const page = `${specifier.replace("@countersign/", "")}.md`;
    expect(index).toContain(`- [${specifier}](${page})`);
    expect(readText(`docs/reference/${page}`).split("\n")[0]).toBe(`# ${specifier}`);
  });
});

/** The options of a page that have no description: `Type.option`. */
function undescribed(page: string): string[] {
  return page.split(/^### /mu).flatMap((type) => {
    const [name = ""] = /^\w+(?:Options|Spec|Config)$/mu.exec(type.split("\n")[0] ?? "") ?? [];
    if (name === "") return [];
    return type
      .split(/^##### /mu)
      .slice(1)
      .filter(
        (option) => !/^(?![>#<]|\w+\??\n$).+/mu.test(option.replace(/^.*\n/u, "").split(/^######|^\*\*\*$/mu)[0] ?? ""),
      )
      .map((option) => `${name}.${option.split("\n")[0]}`);
  });
}

describe("the options of every public type", () => {
  it.each(entryPoints().map(({ specifier }) => specifier))("of %s have a description", (specifier) => {
    expect(undescribed(readText(`docs/reference/${specifier.replace("@countersign/", "")}.md`))).toEqual([]);
  });

  it("are found where they lack one", () => {
    const option = (name: string, text: string): string =>
      `##### ${name}?\n\n> \`readonly\` \`optional\` **${name}?**: \`string\`\n\n${text}<a id="api-next"></a>\n\n`;
    const page = `### SomeOptions\n\nOptions.\n\n${option("told", "Such as this.\n\n")}${option("untold", "")}### Result\n\n${option("other", "")}`;
    expect(undescribed(page)).toEqual(["SomeOptions.untold?"]);
  });
});

describe("the comparison that finds a page out of date", () => {
  let folder = "";
  const at = (name: string): string => path.join(folder, name);
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "countersign-compare-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("finds nothing in equal folders", () => {
    for (const side of ["actual", "expected"]) write(`${side}/signer/verify.md`, "# verify\n");
    expect(compareFolders(at("actual"), at("expected"))).toEqual([]);
  });

  it("names files that are missing, extra and different, in folders inside too", () => {
    write("actual/signer.md", "# signer\n");
    write("expected/signer.md", "# signer \n");
    write("actual/signer/removed.md", "");
    write("expected/signer/added.md", "");
    expect(compareFolders(at("actual"), at("expected"))).toEqual([
      "signer.md: is different",
      "signer/added.md: is missing",
      "signer/removed.md: is extra",
    ]);
  });

  it("takes a folder that does not exist for an empty one", () => {
    write("expected/signer.md", "# signer\n");
    expect(compareFolders(at("actual"), at("expected"))).toEqual(["signer.md: is missing"]);
  });
});
