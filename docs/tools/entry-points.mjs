// The entry points of the public packages: what users import, and so what the reference describes.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { publicPackages } from "../../release/packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @returns {{ specifier: string, source: string }[]} what users import, and the absolute path of its source with `/`
 *   between folders, as TypeScript writes it on every system
 */
export function entryPoints() {
  return publicPackages(root).flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => target["@countersign/source"] !== undefined)
      .map(([subpath, target]) => ({
        specifier: path.posix.join(name, subpath),
        source: path.join(root, folder, target["@countersign/source"]).replaceAll("\\", "/"),
      })),
  );
}
