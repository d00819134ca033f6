import type { Dispatcher } from "undici";
import type { OpenConnection } from "../connection/open-connection.ts";
import type { UndiciLoader } from "./load-undici.ts";

/** One request of `transport.request`. */
export interface PoolRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Dispatcher.DispatchOptions["headers"] | null;
  readonly body: Dispatcher.DispatchOptions["body"];
  readonly headersMs: number;
  readonly bodyIdleMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The rules for the connections of a transport. */
export interface PoolRules {
  readonly open: OpenConnection;
  /** Connections per origin. */
  readonly connections: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly bodyIdleMs: number;
  readonly idleMs: number;
  readonly http2: boolean;
  readonly undici: UndiciLoader;
}

/** What a line tells its pool. */
export interface LineEvents {
  /** The line can take the next request. @param failed this one failed. */
  readonly finished: (line: Line, failed: boolean) => void;
  /** The line has no connection any more. */
  readonly lost: (line: Line) => void;
}

/**
 * One connection to an origin, or none: a line connects when it gets a request, and again after the connection is lost. It
 * takes one request at a time.
 */
export interface Line {
  readonly connected: boolean;
  /** Closes when the running request is over. */
  close(): Promise<void>;
  /** Fails the running request, and closes. */
  destroy(error: Error): Promise<void>;
}
