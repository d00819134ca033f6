// Writes docs/reference from the docstrings. With `--check` it writes into a temporary folder instead, and fails if
// docs/reference differs from that.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { tool } from "../../test/programs.mjs";
import { compareFolders } from "./compare-folders.mjs";
import { entryPoints } from "./entry-points.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const reference = path.join(here, "..", "reference");

const words = process.argv.slice(2);
if (words.some((word) => word !== "--check")) {
  process.stderr.write("usage: npm run docs:reference [-- --check]\n");
  process.exit(2);
}
process.exitCode = words.length === 0 ? write(reference) : check();

function write(folder) {
  const [program, ...script] = tool("typedoc", { from: here });
  const sources = entryPoints().map(({ source }) => source);
  const { status, error } = spawnSync(program, [...script, "--out", folder, ...sources], {
    cwd: here,
    stdio: ["ignore", process.stderr, "inherit"],
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function check() {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-reference-"));
  try {
    const code = write(folder);
    if (code !== 0) return code;
    const differences = compareFolders(reference, folder);
    for (const difference of differences) process.stderr.write(`docs/reference/${difference}\n`);
    if (differences.length === 0) return 0;
    process.stderr.write(
      "docs/reference: must match the docstrings; run `npm run docs:reference` and commit the result\n",
    );
    return 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
