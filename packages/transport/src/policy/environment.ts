import type { TLSSocket } from "node:tls";
import { TransportError, type TransportPhase } from "../errors/error.ts";

/** The settings of a process that can undermine a TLS policy. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
}

/**
 * Refuses a process whose settings defeat any TLS policy. The transport's own options override these settings, but the
 * rest of the process would still use them, and a log of session keys defeats forward secrecy.
 *
 * https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue, https://nodejs.org/api/cli.html#--tls-keylogfile
 *
 * @throws {TransportError} `ENVIRONMENT_UNSAFE`.
 */
export function checkEnvironment({ env, execArgv }: Environment): void {
  const refuse = (what: string, consequence: string): never => {
    throw new TransportError("ENVIRONMENT_UNSAFE", `${what}: ${consequence}`, { phase: "configure" });
  };
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    refuse(
      "NODE_TLS_REJECT_UNAUTHORIZED is 0",
      "certificates would not be checked elsewhere in this process; unset it and pass the private CA as `ca`",
    );
  }
  // Node reads underscores in flags as dashes, and allows quotes and escapes in NODE_OPTIONS.
  const flags = [...execArgv, ...(env["NODE_OPTIONS"] ?? "").split(/\s+/)].map((flag) =>
    flag.replaceAll(/["'\\]/g, ""),
  );
  if (flags.some((flag) => /^--tls-keylog(?:$|=)/.test(flag.replaceAll("_", "-")))) {
    throw keyLogError("--tls-keylog is set", "configure");
  }
}

/**
 * Refuses a TLS socket whose session keys Node writes to a file. A configuration file can ask for it, and a program can
 * remove `NODE_OPTIONS` from its environment: `checkEnvironment` sees neither.
 *
 * @param socket a new one, to which nothing else listens yet.
 * @throws {TransportError} `ENVIRONMENT_UNSAFE`.
 */
export function refuseKeyLog(socket: TLSSocket): void {
  if (socket.listenerCount("keylog") > 0) throw keyLogError("tls-keylog is set for this process", "handshake");
}

function keyLogError(what: string, phase: TransportPhase): TransportError {
  const consequence = "session keys would be written to a file, which undoes forward secrecy; remove it";
  return new TransportError("ENVIRONMENT_UNSAFE", `${what}: ${consequence}`, { phase });
}
