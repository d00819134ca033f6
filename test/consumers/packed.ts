import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pack } from "../../release/pack.mjs";
import { publicPackages } from "../../release/packages.mjs";
import { npm } from "../programs.mjs";
import { root } from "../packaging/workspaces.ts";
import { runProgram } from "./run-program.ts";

const SOURCE = { url: "https://github.com/example/countersign", commit: "0123456789abcdef0123456789abcdef01234567" };

/** A project outside the repository that has installed every public package from its tarball. */
export interface Packed {
  /** The project's folder, with `node_modules`. Tests write into folders of their own inside it. */
  readonly folder: string;
  readonly tarballs: readonly string[];
}

/** Packs and installs once for each build; test files that run side by side share the result. */
export async function packedProject(): Promise<Packed> {
  const key = stateOf(publicPackages(root).map(({ folder }) => path.join(root, folder)));
  const prefix = `countersign-packed-${createHash("sha256").update(root).digest("hex").slice(0, 8)}-`;
  const folder = path.join(tmpdir(), `${prefix}${key}`);
  await withLock(`${path.join(tmpdir(), prefix)}lock`, async () => {
    if (existsSync(path.join(folder, "node_modules"))) return;
    for (const name of readdirSync(tmpdir())) {
      if (name.startsWith(prefix) && !name.endsWith("lock"))
        rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    }
    const making = `${folder}.making`;
    const tarballs = pack(root, path.join(making, "tarballs"), SOURCE);
    // The folder gets its name when it is complete: references to tarballs are relative.
    const dependencies = Object.fromEntries(
      tarballs.map((file) => [nameOf(file), `file:tarballs/${path.basename(file)}`]),
    );
    writeFileSync(
      path.join(making, "package.json"),
      JSON.stringify({ private: true, type: "module", dependencies }, null, 2),
    );
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--omit=peer"];
    await runProgram([...npm(), "install", ...options], { cwd: making });
    renameSync(making, folder);
  });
  const tarballs = readdirSync(path.join(folder, "tarballs")).map((name) => path.join(folder, "tarballs", name));
  return { folder, tarballs };
}

/** The name of the package in a tarball: `countersign-signer-0.1.0.tgz` is `@countersign/signer`. */
function nameOf(file: string): string {
  const bare = path.basename(file).replace(/-\d+\.\d+\.\d+.*\.tgz$/u, "");
  return bare.replace(/^countersign-/u, "@countersign/");
}

/** A key that changes with every build: of all files that could be packed, their names, sizes and times. */
function stateOf(folders: readonly string[]): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
      const { size, mtimeMs } = statSync(path.join(folder, file));
      hash.update(`${folder}/${file} ${size} ${mtimeMs}\n`);
    }
  }
  for (const name of readdirSync(path.join(root, "release")))
    hash.update(readFileSync(path.join(root, "release", name)));
  return hash.digest("hex").slice(0, 16);
}

/** Runs `work` while no other process holds the lock. The lock of a process that has ended is taken over. */
async function withLock(lock: string, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (!isAlive(lock)) rmSync(lock, { recursive: true, force: true });
      else await delay(100);
    }
  }
  writeFileSync(path.join(lock, "pid"), String(process.pid));
  try {
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAlive(lock: string): boolean {
  try {
    const pid = Number(readFileSync(path.join(lock, "pid"), "utf8"));
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    // Between `mkdir` and the writing of the id, the id is missing.
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Where the compilers and bundlers of consumers are installed. */
export const consumers: string = path.join(root, "test", "consumers");

/** Puts files into a folder of their own inside the project, where its packages resolve. */
export function writeProject(packed: Packed, name: string, files: Readonly<Record<string, string>>): string {
  const folder = path.join(packed.folder, name);
  rmSync(folder, { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

/** Copies an installed tool's package into the project, for programs that look for it beside the code. */
export function lend(packed: Packed, name: string): void {
  const target = path.join(packed.folder, "node_modules", name);
  if (!existsSync(target)) cpSync(path.join(consumers, "node_modules", name), target, { recursive: true });
}
