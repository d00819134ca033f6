import { lstatSync } from "node:fs";
import { request } from "node:http";
import { CliError } from "../cli-error.ts";
import { checkSocket } from "./daemon-socket.ts";

/** The daemon's answer. `running: false`: no daemon listens there. */
export type DaemonAnswer =
  | { readonly running: false }
  | { readonly running: true; readonly status: number; readonly body: string };

/** The time limit of the whole answer. */
const ANSWER_MS = 10_000;
/** Credentials are about 2 kB. */
const MAX_BODY = 64 * 1024;

/**
 * Asks the daemon for a role's credentials. It loads only Node's own HTTP, so that it takes milliseconds.
 *
 * @throws CliError `USAGE` for a socket that other users could have put there, `DAEMON_UNAVAILABLE`.
 */
export async function askDaemon(
  socketPath: string,
  roleArn: string,
  answerMs: number = ANSWER_MS,
): Promise<DaemonAnswer> {
  if (isMissing(socketPath)) return { running: false };
  checkSocket(socketPath);
  return new Promise((resolve, reject) => {
    const path = `/v1/credential-process?role=${encodeURIComponent(roleArn)}`;
    const asking = request({ socketPath, path, agent: false, headers: { host: "daemon" } }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        body += part;
        if (body.length > MAX_BODY) end(unavailable(`answered with more than ${MAX_BODY} bytes`));
      });
      answer.on("error", (cause) => reject(unavailable("closed the connection", cause)));
      answer.on("end", () => resolve({ running: true, status: answer.statusCode ?? 0, body }));
    });
    // A limit of the whole: a daemon that sends a byte now and then is late as well.
    const timer = setTimeout(() => {
      end(unavailable(`did not answer within ${answerMs / 1000} s; --no-daemon asks STS`));
    }, answerMs);
    const end = (error: CliError): void => {
      reject(error);
      asking.destroy();
    };
    asking.on("close", () => clearTimeout(timer));
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve({ running: false });
      else reject(unavailable("closed the connection", error));
    });
    // Without a listener Node closes such a connection without an error, and the command would end without a word.
    asking.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(unavailable("answered in another protocol; check COUNTERSIGN_SOCKET"));
    });
    asking.end();
  });
}

/** Also below a file. `false` for a path that cannot be looked at: its check says why. */
function isMissing(socketPath: string): boolean {
  try {
    return lstatSync(socketPath, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOTDIR";
  }
}

function unavailable(what: string, cause?: unknown): CliError {
  return new CliError("DAEMON_UNAVAILABLE", `the daemon ${what}`, cause === undefined ? undefined : { cause });
}
