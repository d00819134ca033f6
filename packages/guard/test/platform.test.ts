import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = new URL("../src/platform/", import.meta.url);
const names = (side: string) => readdirSync(new URL(`${side}/`, folder)).toSorted();

describe("the platform seam", () => {
  it("has the same files with the same exports on both sides", async () => {
    expect(names("node")).toEqual(names("web"));
    for (const name of names("node")) {
      const [node, web] = (await Promise.all([
        import(new URL(`node/${name}`, folder).href),
        import(new URL(`web/${name}`, folder).href),
      ])) as [object, object];
      expect(Object.keys(node).toSorted()).toEqual(Object.keys(web).toSorted());
    }
  });

  it("reads files on both sides, and knows when one was written again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "countersign-guard-"));
    const path = join(directory, "a.json");
    for (const side of ["node", "web"]) {
      const { readFile, fileVersion } = (await import(
        new URL(`${side}/read-file.ts`, folder).href
      )) as typeof import("../src/platform/node/read-file.ts");
      await writeFile(path, "1");
      const version = await fileVersion(path);
      expect(new TextDecoder().decode(await readFile(path))).toBe("1");
      expect(await fileVersion(path)).toBe(version);
      await writeFile(path, "2");
      expect(await fileVersion(path)).not.toBe(version);
      await rm(path);
      await expect(readFile(path)).rejects.toThrow(/ENOENT/);
    }
    await rm(directory, { recursive: true });
  });
});
