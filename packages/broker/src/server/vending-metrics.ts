import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { observeSessions } from "../metrics/session-states.ts";
import type { Broker } from "../model/broker.ts";

/** Metrics of the server. Labels are names of grants and codes: never an ARN, a subject or an address. */
export interface VendingMetrics {
  readonly registry: Registry;
  vended(grant: string, durationMs: number): void;
  refused(grant: string, code: string): void;
  /** A refusal that the audit trail left out, because its address had too many. */
  unreported(): void;
  inFlight(count: number): void;
  /**
   * The keys of an identity provider could not be read, or could be read.
   *
   * @returns whether there is news: a failure, or the end of one.
   */
  issuerFailed(issuer: string, failed: boolean): boolean;
}

/**
 * Registers the server's metrics, and the states of the broker's sessions unless the registry has them already: a
 * registry of `brokerMetrics` serves both.
 */
export function createVendingMetrics(registry: Registry, broker: Pick<Broker, "snapshot">): VendingMetrics {
  const registers = [registry];
  const vends = new Counter({
    name: "countersign_vend_total",
    help: "Requests for credentials by grant and outcome",
    labelNames: ["grant", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "countersign_vend_seconds",
    help: "Duration of successful requests for credentials by grant",
    labelNames: ["grant"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const inFlight = new Gauge({
    name: "countersign_vend_in_flight",
    help: "Requests for credentials under way",
    registers,
  });
  const unreported = new Counter({
    name: "countersign_vend_unreported_total",
    help: "Refusals that the audit trail left out because their address had too many",
    registers,
  });
  const issuers = new Gauge({
    name: "countersign_issuer_failed",
    help: "1 while the keys of an identity provider cannot be read",
    labelNames: ["issuer"],
    registers,
  });
  const failing = new Set<string>();
  observeSessions(Gauge, registry, broker);
  return {
    registry,
    vended(grant, durationMs) {
      vends.inc({ grant, outcome: "ok" });
      seconds.observe({ grant }, durationMs / 1000);
    },
    refused: (grant, outcome) => vends.inc({ grant, outcome }),
    unreported: () => unreported.inc(),
    inFlight: (count) => inFlight.set(count),
    issuerFailed(issuer, failed) {
      if (failed) issuers.set({ issuer }, 1);
      else issuers.remove({ issuer });
      if (!failed) return failing.delete(issuer);
      failing.add(issuer);
      return true;
    },
  };
}
