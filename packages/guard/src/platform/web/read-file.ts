/** The part of Node's file system that Deno and Bun offer through `process.getBuiltinModule`. */
interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  stat(path: string, options: { bigint: true }): Promise<Readonly<Record<string, bigint>>>;
}

/** The bytes of a file, on Deno and Bun. Browsers and edge runtimes have no files: give the report's bytes there. */
export async function readFile(path: string): Promise<Uint8Array> {
  return await fileSystem().readFile(path);
}

/** Text that changes whenever the file is written or replaced: inode, size and times in nanoseconds. */
export async function fileVersion(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await fileSystem().stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function fileSystem(): FileSystem {
  return builtin("node:fs/promises") as FileSystem;
}

/** The bytes of a file, for callers that cannot wait. */
export function readFileSync(path: string): Uint8Array {
  return (builtin("node:fs") as { readFileSync(path: string): Uint8Array }).readFileSync(path);
}

function builtin(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const found = process?.getBuiltinModule?.(name);
  if (found === undefined) throw new Error("this runtime has no file system");
  return found;
}
