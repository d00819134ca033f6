import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CliError } from "../cli-error.ts";
import { openerOf } from "../opener.ts";

/** The browser has read the page by then. */
const READ_MS = 5000;

/**
 * Opens a URL in the browser. Other users of the machine may read the arguments of a process, so the program that opens
 * it gets the name of a page that only this user can read, and that is deleted afterwards.
 *
 * @param opener the program and its first arguments. Default: that of the system.
 * @throws CliError `FILE_UNREADABLE` when the page cannot be written, and when the program cannot be started or fails.
 */
export async function openBrowser(
  url: string,
  opener: readonly string[] = openerOf(process.platform),
  readMs: number = READ_MS,
): Promise<void> {
  const folder = temporaryFolder();
  const page = path.join(folder, "sign-in.html");
  try {
    const address = JSON.stringify(url).replaceAll("<", "\\u003c");
    writeFileSync(page, `<!doctype html><title>Sign in</title><script>location.replace(${address})</script>\n`, {
      mode: 0o600,
    });
    const [file = "", ...args] = opener;
    const code = await new Promise<number | string>((resolve) => {
      const child = spawn(file, [...args, pathToFileURL(page).href], { stdio: "ignore" });
      child.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
      child.on("close", (ended) => resolve(ended ?? "a signal"));
    });
    if (code !== 0) {
      throw new CliError("FILE_UNREADABLE", `console: ${file} could not open the page (${code}); leave --open out`);
    }
    await sleep(readMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(path.join(os.tmpdir(), "countersign-console-"));
  } catch (cause) {
    const message = `console: cannot make a folder in ${os.tmpdir()}, which TMPDIR names`;
    throw new CliError("FILE_UNREADABLE", message, { cause });
  }
}
