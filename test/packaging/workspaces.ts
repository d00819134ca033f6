import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Paths of the TypeScript sources, from the project's root. */
  readonly sources: readonly string[];
}

export function readText(path: string): string {
  return readFileSync(`${root}/${path}`, "utf8");
}

/** The packages under `packages/`, with their manifests and sources. */
export function workspaces(): Workspace[] {
  const folders = readdirSync(`${root}/packages`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name: folder }) => ({
    folder,
    manifest: JSON.parse(readText(`packages/${folder}/package.json`)) as Manifest,
    sources: readdirSync(`${root}/packages/${folder}/src`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `packages/${folder}/src/${file}`),
  }));
}
