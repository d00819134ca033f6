// The packages that are published, those that others depend on first.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** @returns {{ name: string, folder: string, manifest: Record<string, any> }[]} */
export function publicPackages(root) {
  const all = readdirSync(path.join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ folder: `packages/${name}`, manifest: readManifest(path.join(root, "packages", name)) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map((entry) => ({ name: entry.manifest.name, ...entry }));
  const ordered = [];
  const visit = (entry) => {
    if (ordered.includes(entry)) return;
    for (const other of all) if (other.name in (entry.manifest.dependencies ?? {})) visit(other);
    ordered.push(entry);
  };
  for (const entry of all) visit(entry);
  return ordered;
}

function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}
