import type { Broker } from "@countersign/broker";
import { createCommandLineApp } from "@countersign/broker/server";
import { daemonSocket } from "../daemon/daemon-socket.ts";
import type { Io } from "../io.ts";
import type { Session } from "../session.ts";
import type { ServeConfig } from "./config.ts";

/** Answers command lines of this user. */
export type CommandLine = ReturnType<typeof createCommandLineApp>;

/** Makes the roles for command lines; `undefined` where a configuration has none. */
export function makeCommandLine(
  { commandLine }: ServeConfig,
  broker: Broker,
  { clock }: Session,
): CommandLine | undefined {
  return commandLine && createCommandLineApp(broker, { roles: commandLine.roles, clock });
}

/** The socket that command lines are answered on. */
export function socketOf({ commandLine }: ServeConfig, { env }: Io): string {
  return commandLine?.socket ?? daemonSocket(env);
}
