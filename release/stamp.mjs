// What a published package says about where it comes from. npm verifies provenance against `repository`, and a fork
// that releases must name itself: so nothing of it is written in the tree.
import path from "node:path";

/**
 * The manifest as it is published: with its source, without what only this repository needs.
 *
 * @param {Record<string, any>} manifest
 * @param {string} folder
 * @param {{ url: string | undefined, commit: string }} source
 * @returns {Record<string, any>}
 */
export function stampManifest(manifest, folder, { url }) {
  const { scripts: _scripts, devDependencies: _development, ...published } = manifest;
  if (url === undefined) return published;
  return {
    ...published,
    homepage: `${url}/tree/main/${folder}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git`, directory: folder },
  };
}

/**
 * A document with links that work outside the repository: a relative link leads to the file at the released commit.
 *
 * @param {string} text
 * @param {string} folder
 * @param {{ url: string | undefined, commit: string }} source
 */
export function stampLinks(text, folder, { url, commit }) {
  if (url === undefined) return text;
  return outsideFences(text, (prose) =>
    prose.replaceAll(
      /(!?)(\[[^\]]*\])\((?![a-z]+:|#)([^)\s#]*)(#[^)\s]*)?\)/giu,
      (_, image, label, target, anchor = "") => {
        const file = path.posix.join(folder, target);
        return `${image}${label}(${url}/${image === "" ? "blob" : "raw"}/${commit}/${file}${anchor})`;
      },
    ),
  );
}

function outsideFences(text, change) {
  return text
    .split(/(^```[^]*?^```$)/mu)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}
