import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Door, examine } from "./door.ts";
import { table } from "./table.ts";

const packages = path.resolve(import.meta.dirname, "../../packages");
const SOURCE = "@countersign/source";

interface Entry {
  readonly name: string;
  readonly folder: string;
  readonly entry: string;
  readonly file: string;
}

const entries: Entry[] = readdirSync(packages, { withFileTypes: true })
  .filter((found) => found.isDirectory())
  .flatMap(({ name: folder }) => {
    const manifest = JSON.parse(readFileSync(path.join(packages, folder, "package.json"), "utf8")) as {
      readonly name: string;
      readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    };
    return Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) =>
      typeof target === "object" && target[SOURCE] !== undefined
        ? [{ name: manifest.name, folder, entry, file: path.join(packages, folder, target[SOURCE]) }]
        : [],
    );
  });

describe.each(entries)(
  "kind: no raw error is reachable by input, and options are own properties: $name $entry",
  async ({ folder, entry, file }) => {
    const module = (await import(file)) as Readonly<Record<string, unknown>>;
    const doors: Readonly<Record<string, Door | string>> = table[folder]?.[entry] ?? {};

    it("has each export in the table, and no other", () => {
      expect(Object.keys(doors).toSorted()).toEqual(Object.keys(module).toSorted());
    });

    const tried = Object.entries(doors).flatMap(([name, door]) => (typeof door === "string" ? [] : [{ name, door }]));
    it.each(tried)("$name", async ({ name, door }) => {
      const exported = module[name] as new (...args: never[]) => unknown;
      const call = door.object
        ? () => exported
        : door.construct
          ? (...args: never[]) => new exported(...args)
          : (exported as unknown as (...args: never[]) => unknown);
      const found = await examine(name, call, door);
      expect(found).toEqual([]);
    });
  },
);
