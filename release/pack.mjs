// `npm run release:pack [FOLDER]`: one tarball for each public package, in FOLDER (default: .release/tarballs, which git
// ignores). Packs copies, so that the stamped manifests and links never reach the tree.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { npm, root as here, tool } from "../test/programs.mjs";
import { publicPackages } from "./packages.mjs";
import { sourceOf } from "./source.mjs";
import { stampLinks, stampManifest } from "./stamp.mjs";

/**
 * Packs the built packages of `root` into `folder`.
 *
 * @param {string} root
 * @param {string} folder
 * @param {{ url: string | undefined, commit: string }} [source]
 * @returns {string[]} the tarballs, those that others depend on first
 */
export function pack(root, folder, source = sourceOf(root)) {
  const stage = mkdtempSync(path.join(tmpdir(), "countersign-pack-"));
  try {
    mkdirSync(folder, { recursive: true });
    const packages = publicPackages(root);
    const staged = packages.map((entry) => stagePackage(root, stage, entry, source));
    const options = ["--json", "--ignore-scripts", "--pack-destination", folder];
    const written = JSON.parse(run([...npm(), "pack", ...options, ...staged], stage));
    const files = Object.values(written).map(({ filename }) => path.join(folder, filename));
    const missing = files.filter((file) => !existsSync(file));
    if (files.length !== packages.length || missing.length > 0) throw new Error(`npm pack wrote ${files.join(", ")}`);
    return files;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Copies what a package publishes, stamped, and returns the copy's folder. */
function stagePackage(root, stage, { folder, manifest }, source) {
  const from = path.join(root, folder);
  const to = path.join(stage, path.basename(folder));
  if (!existsSync(path.join(from, "dist"))) throw new Error(`${folder}: has no dist; run npm run build first`);
  mkdirSync(to);
  for (const file of [...manifest.files, "README.md", "LICENSE"]) {
    // Of a pattern the folder is copied; npm packs what matches.
    const [place] = file.split("*");
    if (!file.startsWith("!")) cpSync(path.join(from, place), path.join(to, place), { recursive: true });
  }
  writeFileSync(path.join(to, "package.json"), `${JSON.stringify(stampManifest(manifest, folder, source), null, 2)}\n`);
  for (const file of readdirSync(to, { recursive: true }).filter((name) => name.endsWith(".md"))) {
    const document = path.join(to, file);
    const place = path.posix.join(folder, path.dirname(file).replaceAll("\\", "/"));
    writeFileSync(document, stampLinks(readFileSync(document, "utf8"), place, source));
  }
  return to;
}

function run([program, ...parameters], cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, parameters, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw error ?? new Error(`${parameters.join(" ")}: exit code ${status}\n${stderr}`);
  return stdout;
}

/** Builds from nothing: a file that an earlier build left in dist must not be published. */
export function buildClean(root) {
  for (const { folder } of publicPackages(root))
    rmSync(path.join(root, folder, "dist"), { recursive: true, force: true });
  run([...tool("turbo", { from: root }), "run", "build", "--force", "--output-logs=errors-only"], root);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.resolve(process.argv[2] ?? path.join(here, ".release", "tarballs"));
  const source = sourceOf(here);
  if (source.url === undefined) {
    console.error(
      "This clone has no remote `origin`: packages get no repository, homepage and bugs, and links stay relative.",
    );
  }
  rmSync(folder, { recursive: true, force: true });
  buildClean(here);
  for (const file of pack(here, folder, source)) console.log(file);
}
