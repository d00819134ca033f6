import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { publicPackages } from "../../release/packages.mjs";
import { readText, root } from "../packaging/workspaces.ts";
import { type Fence, fencesOf } from "./fences.mjs";

/** Which test runs the blocks of a document, by language, and how many there are of it. */
type Ledger = Readonly<Record<string, Readonly<Record<string, readonly [blocks: number, test: string]>>>>;

// A block that is new changes a count here: run it in the test that the row names, then raise the count.
const RUN: Ledger = {
  "README.md": { ts: [1, "test/docs/quick-starts.test.ts"] },
  "docs/broker-guide.md": { ts: [4, "test/docs/broker-guide.test.ts"], acl: [2, "test/docs/broker-guide.test.ts"] },
  "docs/jest.md": { js: [4, "test/consumers/bundlers.test.ts"] },
  "docs/local-aws.md": { sh: [1, "test/docs/examples.test.ts"], js: [4, "test/docs/examples.test.ts"] },
  "docs/moving.md": { ts: [3, "test/docs/guides.test.ts"] },
  "docs/sources.md": { ts: [1, "test/docs/sources.test.ts"] },
  "docs/services.md": { ts: [5, "test/docs/guides.test.ts"] },
  "docs/quick-starts.md": {
    ts: [6, "test/docs/quick-starts.test.ts"],
    sh: [6, "test/docs/quick-starts.test.ts"],
    json: [2, "test/docs/quick-starts.test.ts"],
    ini: [1, "test/docs/quick-starts.test.ts"],
    text: [1, "test/docs/quick-starts.test.ts"],
    html: [1, "test/docs/web-page.test.ts"],
  },
  "docs/recipes.md": { ts: [7, "test/fetch/recipes.test.ts"] },
  "packages/broker/README.md": { ts: [3, "test/broker/readme.test.ts"] },
  "packages/browser/README.md": { js: [1, "test/docs/guides.test.ts"] },
  "packages/cli/README.md": {
    sh: [3, "test/docs/cli-readme.test.ts"],
    ini: [1, "test/docs/cli-readme.test.ts"],
    json: [1, "test/docs/cli-readme.test.ts"],
  },
  "packages/cli/docs/proxy.md": { json: [1, "test/docs/cli-readme.test.ts"] },
  "packages/fetch/README.md": { ts: [4, "test/fetch/recipes.test.ts"] },
  "packages/guard/README.md": { ts: [3, "packages/guard/test/docs.test.ts"] },
  "packages/guard/docs/templates.md": { ts: [1, "packages/guard/test/docs.test.ts"] },
  "packages/proxy/README.md": { ts: [1, "test/proxy/readme.test.ts"], sh: [1, "test/proxy/clients.test.ts"] },
  "packages/sagemaker/README.md": { ts: [5, "packages/sagemaker/test/readme.test.ts"] },
  "packages/sdk/README.md": { ts: [3, "test/sdk/readme.test.ts"] },
  "packages/signer/README.md": { ts: [3, "packages/signer/test/readme.test.ts"] },
  "packages/testing/README.md": { ts: [6, "test/testing/readme.test.ts"] },
  "packages/transport/README.md": { ts: [5, "packages/transport/test/readme.test.ts"] },
};

/** The API reference: its blocks are the examples of docstrings, which show one call out of its context. */
const GENERATED = "docs/reference/";

const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root })
  .toString()
  .trim()
  .split("\n")
  .filter((file) => existsSync(path.join(root, file)) && fencesOf(readText(file)).length > 0)
  .filter((file) => !file.startsWith(GENERATED));

/** The topic pages of the guard: one test runs the two requests of each. */
function rowsOf(document: string): Ledger[string] {
  const isTopic = document.startsWith("packages/guard/docs/") && !(document in RUN);
  return isTopic ? { json: [2, "packages/guard/test/docs.test.ts"] } : (RUN[document] ?? {});
}

/** Installs what is published here, and nothing else: the rehearsal of a release installs each from a registry. */
function installs({ language, code }: Fence): boolean {
  const names = /^npm install(?: --global| --save-dev)?((?: [@\w/.-]+)+)\n$/u.exec(code)?.[1]?.trim().split(" ") ?? [];
  const published = new Set(publicPackages(root).map(({ name }) => name));
  return language === "sh" && names.length > 0 && names.every((name) => published.has(name));
}

describe.each(documents)("%s", (document) => {
  const fences = fencesOf(readText(document));
  const told = fences.filter(({ notRun }) => notRun === undefined).filter((fence) => !installs(fence));

  it("has no block that neither runs in a test nor says why not", () => {
    const counts: Record<string, number> = {};
    for (const { language } of told) counts[language] = (counts[language] ?? 0) + 1;
    const expected = Object.entries(rowsOf(document)).map(([language, [blocks]]) => [language, blocks]);
    expect(counts).toEqual(Object.fromEntries(expected));
  });

  it("has no JavaScript that Node 20 and 22 cannot parse", () => {
    // The tests compile blocks before they run them. A reader who pastes one into a module does not.
    const tooNew = fences.filter(({ language, code }) => /^[jt]s$/u.test(language) && /\bawait using\b/u.test(code));
    expect(tooNew).toEqual([]);
  });

  it("is read by the tests that are said to run it", () => {
    for (const [, test] of Object.values(rowsOf(document))) {
      const source = readText(test);
      const named = [document, path.basename(document), "docs/"].some((name) => source.includes(name));
      expect({ test, named }).toEqual({ test, named: true });
    }
  });
});

describe("a block", () => {
  const only = (text: string): Fence | undefined => fencesOf(text)[0];

  it("says why it is not run directly above itself", () => {
    expect(only("<!-- not run: it needs an account -->\n```sh\nls\n```\n")?.notRun).toBe("it needs an account");
    expect(only("<!-- not run: it needs an account -->\n\n```sh\nls\n```\n")?.notRun).toBe("it needs an account");
  });

  it.each(["<!-- not run: -->\n```sh\nls\n```", "<!-- not run: it is old -->\ntext\n```sh\nls\n```", "```sh\nls\n```"])(
    "needs a reason, and no other text between: %j",
    (text) => expect(only(text)?.notRun).toBeUndefined(),
  );

  it("is found in lists, with tildes and inside longer fences", () => {
    expect(only("- point\n\n  ```ts\n  a();\n    b();\n  ```\n")?.code).toBe("a();\n  b();\n");
    expect(only("~~~ts\na();\n~~~\n")?.language).toBe("ts");
    expect(fencesOf("````md\n```ts\na();\n```\n````\n")).toHaveLength(1);
  });

  it("that does not end is a fault", () => {
    expect(() => fencesOf("```ts\na();\n")).toThrow("line 1: the block does not end");
  });
});
