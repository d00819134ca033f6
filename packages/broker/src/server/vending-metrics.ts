import { Counter, Gauge, type Registry } from "prom-client";
import type { Broker } from "../broker.ts";

/** What the server counts. Labels hold names of grants and codes: never an ARN, a subject or an address. */
export interface VendingMetrics {
  readonly registry: Registry;
  count(grant: string, outcome: string): void;
}

/** Registers the server's metrics, and the states of the broker's sessions as they are when they are read. */
export function createVendingMetrics(registry: Registry, broker: Pick<Broker, "snapshot">): VendingMetrics {
  const vends = new Counter({
    name: "countersign_vend_total",
    help: "Requests for credentials by grant and outcome",
    labelNames: ["grant", "outcome"],
    registers: [registry],
  });
  const sessions = new Gauge({
    name: "countersign_sessions",
    help: "Cached sessions by state",
    labelNames: ["state"],
    registers: [],
    collect() {
      const { roles } = broker.snapshot();
      for (const state of ["fresh", "advisory", "degraded", "expired"] as const) {
        this.set({ state }, roles.filter((role) => role.state === state).length);
      }
    },
  });
  registry.registerMetric(sessions);
  return { registry, count: (grant, outcome) => vends.inc({ grant, outcome }) };
}
