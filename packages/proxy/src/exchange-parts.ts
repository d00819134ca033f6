import type { Clock } from "@countersign/signer";
import type { ProxyMetrics } from "./observe/metrics.ts";
import type { UpstreamTls } from "./observe/upstream-tls.ts";
import type { ProxyOptions } from "./options.ts";
import type { Authenticate } from "./receive/authenticate.ts";
import type { BufferBudget } from "./receive/buffer-budget.ts";
import type { UnprovenBodies } from "./receive/unproven-bodies.ts";
import type { ConnectionShares } from "./send/connection-shares.ts";
import type { OriginOf } from "./send/origin-of.ts";

/** What every exchange of a proxy shares. */
export interface ExchangeParts {
  readonly options: ProxyOptions;
  readonly clock: Clock;
  readonly maxSkewMs: number;
  readonly authenticate: Authenticate;
  readonly originOf: OriginOf;
  readonly connections: ConnectionShares;
  readonly budget: BufferBudget;
  readonly unproven: UnprovenBodies;
  readonly metrics: ProxyMetrics;
  readonly upstreamTls: UpstreamTls;
}
