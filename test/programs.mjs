// How npm and the tools that it installed are started, the same way on every system: through Node and the program's
// JavaScript entry. Windows has `npm.cmd` and `.bin/NAME.cmd` instead, which `spawn` refuses without a shell.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The command line that starts npm. */
export function npm() {
  const besideNode = path.dirname(process.execPath);
  const found = [
    process.env["npm_execpath"],
    path.join(besideNode, "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(besideNode, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((file) => file?.endsWith("npm-cli.js") && existsSync(file));
  // Distributions put npm elsewhere; there `npm` is a script that `spawn` can start.
  return found === undefined ? ["npm"] : [process.execPath, found];
}

/**
 * The command line that starts a program of an installed package.
 *
 * @param {string} packageName
 * @param {{ name?: string, from?: string }} [where] the program, when the package has several, and the folder that has
 *   `node_modules`
 */
export function tool(packageName, { name, from = root } = {}) {
  const folder = path.join(from, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = typeof bin === "string" ? bin : bin[name ?? Object.keys(bin)[0]];
  return [process.execPath, path.join(folder, file)];
}
