// `npm run release:publish`: packs and publishes what the registry does not have, then tags. The release workflow calls
// it; npm takes the identity of the workflow (trusted publishing), so no token is read here.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { npm, root, tool } from "../test/programs.mjs";
import { buildClean, pack } from "./pack.mjs";
import { sourceOf } from "./source.mjs";

/**
 * Publishes tarballs, those that others depend on first. A version that is published already is left alone, so that a
 * release that broke off is finished by running it again.
 *
 * @param {readonly string[]} tarballs
 * @param {readonly string[]} [options] more options for npm
 * @returns {string[]} what was published, as name@version
 */
export function publish(tarballs, options = []) {
  const published = [];
  for (const file of tarballs) {
    const { name, version } = manifestIn(file);
    const id = `${name}@${version}`;
    if (isPublished(id, options)) continue;
    const { status } = spawnNpm(["publish", file, "--access", "public", ...options], "inherit");
    if (status !== 0) throw new Error(`npm publish ${id}: exit code ${status}`);
    published.push(id);
  }
  return published;
}

function isPublished(id, options) {
  const { status, stdout, stderr } = spawnNpm(["view", id, "version", "--json", ...options], "pipe");
  if (status === 0) return stdout.trim() !== "";
  // Anything but "no such version" is a failure: it must not be read as a yes or a no.
  if (/E404/u.test(`${stdout}${stderr}`)) return false;
  throw new Error(`npm view ${id}: exit code ${status}\n${stderr}`);
}

function spawnNpm(parameters, stdout) {
  const [program, ...first] = npm();
  const result = spawnSync(program, [...first, ...parameters], { encoding: "utf8", stdio: ["ignore", stdout, "pipe"] });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0 && stdout === "inherit") process.stderr.write(result.stderr);
  return result;
}

function manifestIn(tarball) {
  const text = execFileSync("tar", ["-xzOf", path.basename(tarball), "package/package.json"], {
    cwd: path.dirname(tarball),
    encoding: "utf8",
  });
  return JSON.parse(text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = sourceOf(root);
  if (source.url === undefined) {
    console.error("release:publish: no repository is known: set GITHUB_REPOSITORY, or a remote `origin`.");
    process.exit(1);
  }
  buildClean(root);
  for (const id of publish(pack(root, path.join(root, ".release", "tarballs"), source))) console.log(`published ${id}`);
  // The changesets action reads the tags from this output and makes a release of each.
  const [program, ...parameters] = [...tool("@changesets/cli"), "tag"];
  process.exitCode = spawnSync(program, parameters, { cwd: root, stdio: "inherit" }).status ?? 1;
}
