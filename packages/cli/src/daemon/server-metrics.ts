import type { PresentedCertificate } from "./certificate.ts";
import type { Connections } from "./connections.ts";
import { collectDefaultMetrics, Counter, Gauge, type Registry } from "prom-client";

/** Metrics of the process of a daemon: `countersign serve` or `countersign proxy`. */
export interface ServerMetrics {
  /** A new configuration was taken, or refused. */
  reloaded(outcome: "ok" | "refused"): void;
  /** These certificates are presented from now on. */
  presented(certificates: readonly PresentedCertificate[]): void;
}

/**
 * Registers the metrics of the process: memory, event loop, handles, configuration, and lost lines.
 *
 * @param lost how many lines of the audit trail and of the operator's log were lost so far.
 * @param connections of callers and of operators.
 */
export function createServerMetrics(
  registry: Registry,
  lost: { readonly audit: () => number; readonly log: () => number },
  connections: { readonly callers: Connections; readonly operators: Connections },
): ServerMetrics {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reloads = new Counter({
    name: "countersign_config_reloads_total",
    help: "New configurations by outcome: ok, or refused while the old one went on",
    labelNames: ["outcome"],
    registers,
  });
  const loadedAt = new Gauge({
    name: "countersign_config_loaded_timestamp_seconds",
    help: "When the configuration in force was read",
    registers,
  });
  const isRefused = new Gauge({
    name: "countersign_config_refused",
    help: "1 while the last new configuration was refused",
    registers,
  });
  const ends = new Gauge({
    name: "countersign_certificate_not_after_timestamp_seconds",
    help: "When a certificate that is presented to clients expires",
    labelNames: ["certificate"],
    registers,
  });
  const watch = (name: string, help: string, value: () => number): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      }),
    );
  const because = "that were lost because their reader was slow or gone, or their disk full";
  watch("countersign_audit_lost_lines", `Lines of the audit trail ${because}`, lost.audit);
  watch("countersign_log_lost_lines", `Lines of the operator's log ${because}`, lost.log);
  const byListener = (name: string, help: string, value: (of: Connections) => number): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ["listener"],
        registers: [],
        collect() {
          for (const [listener, of] of Object.entries(connections)) this.set({ listener }, value(of));
        },
      }),
    );
  byListener("countersign_connections", "Open connections", ({ open }) => open());
  byListener("countersign_connections_refused", "Connections closed at once: there were too many", ({ refused }) =>
    refused(),
  );
  loadedAt.setToCurrentTime();
  isRefused.set(0);
  for (const outcome of ["ok", "refused"]) reloads.inc({ outcome }, 0);
  return {
    presented(certificates) {
      ends.reset();
      for (const { certificate, notAfter } of certificates) ends.set({ certificate }, notAfter / 1000);
    },
    reloaded(outcome) {
      reloads.inc({ outcome });
      isRefused.set(outcome === "ok" ? 0 : 1);
      if (outcome === "ok") loadedAt.setToCurrentTime();
    },
  };
}
