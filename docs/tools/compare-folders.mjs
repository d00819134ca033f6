import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * What differs between two folders, byte for byte.
 *
 * @param {string} actual
 * @param {string} expected
 * @returns {string[]} a line for each file that is missing from `actual`, extra in it, or different, in order of name
 */
export function compareFolders(actual, expected) {
  const [has, needs] = [filesOf(actual), filesOf(expected)];
  const missing = needs.filter((file) => !has.includes(file)).map((file) => `${file}: is missing`);
  const extra = has.filter((file) => !needs.includes(file)).map((file) => `${file}: is extra`);
  const different = needs
    .filter((file) => has.includes(file))
    .filter((file) => !readFileSync(path.join(actual, file)).equals(readFileSync(path.join(expected, file))))
    .map((file) => `${file}: is different`);
  return [...missing, ...extra, ...different].toSorted((a, b) => (a < b ? -1 : 1));
}

function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => name.replaceAll("\\", "/"));
}
