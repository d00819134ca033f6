import { describe, expect, it } from "vitest";
import { readText } from "./workspaces.ts";

interface Locked {
  readonly license?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readText("package-lock.json")) as { readonly packages: Readonly<Record<string, Locked>> };

// BlueOak-1.0.0 is lru-cache's: permissive, approved by the OSI, with an explicit patent grant.
const SHIPPED = /^(MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0)$/;

// Tools that never ship and are used unmodified. Their copyleft covers changes to their own files alone.
const DEVELOPMENT_ONLY = ["axe-core", "lightningcss"];

/** Where npm put `name` for the package installed at `from`: beside it, or in a folder further up. */
function locate(name: string, from: string): string | undefined {
  let folder = from;
  for (;;) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock.packages[path] !== undefined) return path;
    if (folder === "") return undefined;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1));
  }
}

/** Every installed package that a user of one of ours installs too. */
function shipped(): Map<string, Locked> {
  const found = new Map<string, Locked>();
  const queue = Object.keys(lock.packages).filter((path) => /^packages\/[^/]+$/.test(path));
  for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
    const { dependencies, optionalDependencies } = lock.packages[from] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = locate(name, from);
      const entry = path === undefined ? undefined : lock.packages[path];
      if (path === undefined || entry === undefined || entry.link === true || found.has(path)) continue;
      found.set(path, entry);
      queue.push(path);
    }
  }
  return found;
}

describe("licences in the lockfile", () => {
  it("lets only permissive licences ship", () => {
    const packages = shipped();
    expect(packages.size).toBeGreaterThan(20);
    const refused = [...packages].filter(([, { license }]) => !SHIPPED.test(license ?? ""));
    expect(refused.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  it.each([
    "package-lock.json",
    "test/runtimes/package-lock.json",
    "test/consumers/package-lock.json",
    "docs/tools/package-lock.json",
  ])("knows every copyleft tool of %s by name", (file) => {
    const { packages } = JSON.parse(readText(file)) as typeof lock;
    const copyleft = Object.entries(packages)
      .filter(([, { license }]) => /GPL|MPL|EPL|CDDL|OSL|EUPL/i.test(license ?? ""))
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    const unknown = copyleft.filter((name) => !DEVELOPMENT_ONLY.some((tool) => name.startsWith(tool)));
    expect(unknown).toEqual([]);
  });
});
