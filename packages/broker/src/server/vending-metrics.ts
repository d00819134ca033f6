import { Counter, Gauge, type Registry } from "prom-client";
import type { Broker } from "../model/broker.ts";
import { observeSessions } from "../metrics/session-states.ts";

/** What the server counts. Labels hold names of grants and codes: never an ARN, a subject or an address. */
export interface VendingMetrics {
  readonly registry: Registry;
  count(grant: string, outcome: string): void;
}

/**
 * Registers the server's metrics, and the states of the broker's sessions unless they are there already: a registry of
 * `brokerMetrics` serves both.
 */
export function createVendingMetrics(registry: Registry, broker: Pick<Broker, "snapshot">): VendingMetrics {
  const vends = new Counter({
    name: "countersign_vend_total",
    help: "Requests for credentials by grant and outcome",
    labelNames: ["grant", "outcome"],
    registers: [registry],
  });
  observeSessions(Gauge, registry, broker);
  return { registry, count: (grant, outcome) => vends.inc({ grant, outcome }) };
}
