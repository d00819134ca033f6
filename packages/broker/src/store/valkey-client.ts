import { BrokerError } from "../errors/error.ts";

/** A client of Valkey or Redis: `iovalkey`, `ioredis` or `@redis/client`. You connect and close it. */
export interface ValkeyClient {
  eval(...args: never[]): unknown;
}

/** Runs scripts on a client, and knows whether it is connected. */
export interface ScriptRunner {
  /** Runs a script on keys of one slot. Waits until the client is connected. */
  run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Whether the client is still connecting, so that operations wait. */
  isConnecting(): boolean;
}

type PositionalEval = (script: string, keyCount: number, ...keysAndArgs: readonly string[]) => Promise<unknown>;
type NamedEval = (
  script: string,
  options: { keys: readonly string[]; arguments: readonly string[] },
) => Promise<unknown>;

/** The parts of a client that tell the state of its connection. */
interface Connection {
  /** iovalkey and ioredis. */
  readonly status?: unknown;
  connect?(): Promise<unknown>;
  /** `@redis/client`. */
  readonly isOpen?: unknown;
  readonly isReady?: unknown;
  on?(event: string, listener: () => void): unknown;
  off?(event: string, listener: () => void): unknown;
}

/** Events after which a client may no longer be connecting. The cluster of `@redis/client` has `connect` and no `ready`. */
const SETTLED = ["ready", "connect", "end", "disconnect"] as const;

const CONNECTING: ReadonlySet<unknown> = new Set(["wait", "connecting", "connect", "reconnecting"]);

/**
 * Recognises the client by its shape: clients of the ioredis family define commands, `@redis/client` takes named
 * arguments.
 *
 * With its offline queue off, a client that is still connecting rejects commands. The store waits for it instead.
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function createScriptRunner(client: ValkeyClient): ScriptRunner {
  if (typeof client?.eval !== "function") {
    throw new BrokerError("INVALID_OPTION", "client: must be a client of iovalkey, ioredis or @redis/client");
  }
  const connection = client as Connection;
  let connected: Promise<void> | undefined;

  function isConnecting(): boolean {
    if (typeof connection.on !== "function") return false;
    if (typeof connection.status === "string") return CONNECTING.has(connection.status);
    return connection.isOpen === true && connection.isReady === false;
  }

  function whenConnected(): Promise<void> {
    connected ??= new Promise<void>((resolve) => {
      const done = (): void => {
        if (isConnecting()) return;
        connected = undefined;
        for (const event of SETTLED) connection.off?.(event, done);
        resolve();
      };
      for (const event of SETTLED) connection.on?.(event, done);
    });
    // A lazy client connects with its first command, which it would reject without an offline queue.
    if (connection.status === "wait") connection.connect?.().catch(() => undefined);
    return connected;
  }

  const evaluate = client.eval.bind(client) as unknown;
  const run =
    "defineCommand" in client
      ? (script: string, keys: readonly string[], args: readonly string[]) =>
          (evaluate as PositionalEval)(script, keys.length, ...keys, ...args)
      : (script: string, keys: readonly string[], args: readonly string[]) =>
          (evaluate as NamedEval)(script, { keys, arguments: args });
  return {
    isConnecting,
    async run(script, keys, args) {
      if (isConnecting()) await whenConnected();
      return run(script, keys, args);
    },
  };
}
