import { BrokerError } from "../errors/error.ts";

/** A client of Valkey or Redis: `iovalkey`, `ioredis` or `@redis/client`, connected by you, and closed by you. */
export interface ValkeyClient {
  eval(...args: never[]): unknown;
}

/** Runs a script on keys of one slot. */
export type RunScript = (script: string, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

type PositionalEval = (script: string, keyCount: number, ...keysAndArgs: readonly string[]) => Promise<unknown>;
type NamedEval = (
  script: string,
  options: { keys: readonly string[]; arguments: readonly string[] },
) => Promise<unknown>;

/**
 * Recognises the client by its shape: those of the ioredis family define commands, `@redis/client` takes named arguments.
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function runScriptWith(client: ValkeyClient): RunScript {
  if (typeof client?.eval !== "function") {
    throw new BrokerError("INVALID_OPTION", "client: expected a client of iovalkey, ioredis or @redis/client");
  }
  if ("defineCommand" in client) {
    const run = (client.eval as unknown as PositionalEval).bind(client);
    return (script, keys, args) => run(script, keys.length, ...keys, ...args);
  }
  const run = (client.eval as unknown as NamedEval).bind(client);
  return (script, keys, args) => run(script, { keys, arguments: args });
}
