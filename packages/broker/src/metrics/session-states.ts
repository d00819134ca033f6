import type { Gauge, GaugeConfiguration, Registry } from "prom-client";
import type { Broker } from "../model/broker.ts";

type Observed = Pick<Broker, "snapshot">;
type GaugeClass = new (configuration: GaugeConfiguration<"state">) => Gauge<"state">;

const STATES = ["fresh", "advisory", "degraded", "expired"] as const;

const brokersOf = new WeakMap<Registry, Set<Observed>>();

/**
 * Counts a broker's sessions by state at each reading of a registry, and reports the shortest remaining validity. A
 * broker that is registered twice counts once; sessions of several brokers are added up.
 */
export function observeSessions(Gauge: GaugeClass, registry: Registry, broker: Observed): void {
  const known = brokersOf.get(registry);
  if (known !== undefined) {
    known.add(broker);
    return;
  }
  const brokers = new Set([broker]);
  const states = new Gauge({
    name: "countersign_sessions",
    help: "Cached sessions by state",
    labelNames: ["state"],
    registers: [],
    collect() {
      const roles = [...brokers].flatMap((one) => one.snapshot().roles);
      for (const state of STATES) this.set({ state }, roles.filter((role) => role.state === state).length);
    },
  });
  const remaining = new Gauge({
    name: "countersign_session_remaining_seconds",
    help: "The shortest remaining validity of a cached session that has not expired; absent without one",
    registers: [],
    collect() {
      this.reset();
      const now = Date.now();
      const ends = [...brokers].flatMap((one) =>
        one
          .snapshot()
          .roles.flatMap(({ state, expiresAt }) =>
            state === "expired" || expiresAt === undefined ? [] : [expiresAt.getTime()],
          ),
      );
      if (ends.length > 0) this.set((ends.reduce((least, end) => Math.min(least, end)) - now) / 1000);
      else this.remove();
    },
  });
  for (const gauge of [states, remaining]) registry.registerMetric(gauge);
  brokersOf.set(registry, brokers);
}
