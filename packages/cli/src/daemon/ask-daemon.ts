import { statSync } from "node:fs";
import { request } from "node:http";
import { usageError } from "../cli-error.ts";

/** What the daemon answered, or that there is none. */
export type DaemonAnswer =
  | { readonly running: false }
  | { readonly running: true; readonly status: number; readonly body: string };

const ANSWER_MS = 10_000;

/**
 * Whether a socket is this user's own: in a folder that others can write to, somebody else's could hand out credentials
 * of an account that is his. Root's is taken too.
 */
function isTrusted(socketPath: string): boolean {
  const owner = statSync(socketPath, { throwIfNoEntry: false })?.uid;
  return owner === undefined || owner === 0 || owner === process.getuid?.();
}

/** Asks the daemon for a role's credentials. Nothing but Node's own HTTP is loaded, so that this takes milliseconds. */
export function askDaemon(socketPath: string, roleArn: string): Promise<DaemonAnswer> {
  if (!isTrusted(socketPath))
    return Promise.reject(usageError(`${socketPath} belongs to another user: it is not asked`));
  return new Promise((resolve, reject) => {
    const path = `/v1/credential-process?role=${encodeURIComponent(roleArn)}`;
    const asking = request({ socketPath, path, headers: { host: "daemon" }, timeout: ANSWER_MS }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (body += part));
      answer.on("error", reject);
      answer.on("end", () => resolve({ running: true, status: answer.statusCode ?? 0, body }));
    });
    asking.on("timeout", () => asking.destroy(new Error(`the daemon did not answer within ${ANSWER_MS / 1000} s`)));
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve({ running: false });
      else reject(error);
    });
    asking.end();
  });
}
