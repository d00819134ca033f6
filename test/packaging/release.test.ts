import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { publicPackages } from "../../release/packages.mjs";
import { sourceOf, webUrl } from "../../release/source.mjs";
import { stampLinks, stampManifest } from "../../release/stamp.mjs";
import { packedProject } from "../consumers/packed.ts";
import { readText, root } from "./workspaces.ts";

const SOURCE = { url: "https://github.com/example/countersign", commit: "0123456789abcdef0123456789abcdef01234567" };
const packages = publicPackages(root);

describe("the source of a release", () => {
  it("is the repository whose workflow runs", () => {
    const environment = { GITHUB_SERVER_URL: "https://forge.example", GITHUB_REPOSITORY: "a/b", GITHUB_SHA: "abc" };
    expect(sourceOf(root, environment)).toEqual({ url: "https://forge.example/a/b", commit: "abc" });
  });

  it.each([
    ["git@github.com:owner/name.git", "https://github.com/owner/name"],
    ["ssh://git@github.com/owner/name", "https://github.com/owner/name"],
    ["https://github.com/owner/name.js.git", "https://github.com/owner/name.js"],
    ["https://user:token@github.com/owner/name", "https://github.com/owner/name"],
    ["../elsewhere", undefined],
    [undefined, undefined],
  ])("is read from the remote %s", (remote, url) => {
    expect(webUrl(remote)).toBe(url);
  });
});

describe("a stamped manifest", () => {
  const stamped = stampManifest(packages[0]?.manifest ?? {}, "packages/signer", SOURCE);

  it("names the repository in the form that npm verifies provenance against", () => {
    expect(stamped).toMatchObject({
      repository: { type: "git", url: "git+https://github.com/example/countersign.git", directory: "packages/signer" },
      homepage: "https://github.com/example/countersign/tree/main/packages/signer#readme",
      bugs: { url: "https://github.com/example/countersign/issues" },
    });
  });

  it("names nothing when the source is unknown", () => {
    expect(stampManifest({ name: "a" }, "packages/a", { url: undefined, commit: "HEAD" })).toEqual({ name: "a" });
  });
});

describe("stamped links", () => {
  const stamp = (text: string): string => stampLinks(text, "packages/signer", SOURCE);
  const at = `${SOURCE.url}/blob/${SOURCE.commit}`;

  it.each([
    ["[guide](../../docs/broker-guide.md)", `[guide](${at}/docs/broker-guide.md)`],
    ["[fetch](../fetch/README.md#proxy)", `[fetch](${at}/packages/fetch/README.md#proxy)`],
    ["![icon](icon.svg)", `![icon](${SOURCE.url}/raw/${SOURCE.commit}/packages/signer/icon.svg)`],
    ["[rfc](https://www.rfc-editor.org/rfc/rfc8446)", "[rfc](https://www.rfc-editor.org/rfc/rfc8446)"],
    ["[above](#numbers)", "[above](#numbers)"],
    ["```ts\nlist[0](value)\n```", "```ts\nlist[0](value)\n```"],
  ])("%s", (text, stamped) => {
    expect(stamp(text)).toBe(stamped);
  });
});

it("packages come after those that they depend on", () => {
  const names = packages.map(({ name }) => name);
  const early = packages.flatMap(({ name, manifest }) =>
    Object.keys((manifest["dependencies"] as object | undefined) ?? {})
      .filter((other) => names.indexOf(other) > names.indexOf(name))
      .map((other) => `${name} before ${other}`),
  );
  expect(early).toEqual([]);
});

describe("the tarballs", () => {
  let tarballs: readonly string[];
  let before: string;
  const status = (): string => execFileSync("git", ["status", "--porcelain"], { cwd: root }).toString();
  beforeAll(async () => {
    before = status();
    ({ tarballs } = await packedProject());
  }, 300_000);

  const list = (file: string): string[] => execFileSync("tar", ["-tzf", file]).toString().trim().split("\n");
  const read = (file: string, name: string): string =>
    execFileSync("tar", ["-xzOf", file, `package/${name}`], { maxBuffer: 1 << 26 }).toString();

  it("are one for each package, and the tree is as it was", () => {
    expect(tarballs).toHaveLength(packages.length);
    expect(status()).toBe(before);
  });

  it("hold the licence, the changes and a README, and no state of the compiler", () => {
    for (const file of tarballs) {
      const files = list(file);
      expect(files).toEqual(expect.arrayContaining(["package/LICENSE", "package/CHANGELOG.md", "package/README.md"]));
      expect(files.filter((name) => /tsbuildinfo|node_modules|\/test\/|\.env/u.test(name))).toEqual([]);
      expect(read(file, "LICENSE")).toBe(readText("LICENSE"));
    }
  });

  it("hold every file that their manifest leads to", () => {
    for (const file of tarballs) {
      const files = list(file);
      const { exports, imports = {}, bin = {} } = JSON.parse(read(file, "package.json")) as Record<string, object>;
      for (const target of leaves([exports, imports, bin])) {
        const [start = "", end] = `package/${target.slice(2)}`.split("*");
        const found = files.some((name) =>
          end === undefined ? name === start : name.startsWith(start) && name.endsWith(end),
        );
        expect(found, `${target} in ${file}`).toBe(true);
      }
    }
  });

  it("have links in their documents that lead somewhere outside the repository", () => {
    for (const file of tarballs) {
      for (const name of list(file).filter((entry) => entry.endsWith(".md"))) {
        const prose = read(file, name.slice("package/".length)).replaceAll(/^```[^]*?^```$|`[^`\n]*`(?!\])/gmu, "");
        const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/gu)].map(([, target = ""]) => target);
        const inside = targets.filter((target) => !/^(?:https:|mailto:|#)/u.test(target));
        expect({ name, inside }).toEqual({ name, inside: [] });
      }
    }
  });
});

/** The texts in a nested value, such as the targets of all conditions of all exports. */
function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

it("the licence of each package is that of the repository", () => {
  for (const { folder } of packages) {
    expect(readFileSync(path.join(root, folder, "LICENSE"), "utf8")).toBe(readText("LICENSE"));
  }
});
