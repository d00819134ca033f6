import type { CountersignEvent, EventListener } from "@countersign/signer";
import { contract } from "@countersign/signer/options";
import type { Registry } from "prom-client";
import { refuseOption } from "../errors/refuse.ts";
import type { Broker } from "../model/broker.ts";
import { observeSessions } from "./session-states.ts";

/** Prometheus metrics of a broker. Labels are operations, Regions, states and codes: never an ARN, a key or a tenant. */
export interface BrokerMetrics {
  /** The registry. Pass it to `createVendingApp`, whose `/metrics` then prints these metrics too. */
  readonly registry: Registry;
  /** The broker's `onEvent`: counts requests to STS, renewals, failures and alarms of the store. */
  readonly onEvent: EventListener;
  /** Reports the sessions of a broker at each reading of the metrics. Several brokers are added up. */
  observe(broker: Pick<Broker, "snapshot">): void;
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/**
 * Registers a broker's metrics with a registry of `prom-client`. This call loads `prom-client`.
 *
 * @param given Default: a new registry.
 * @throws BrokerError `INVALID_OPTION` for a value that is not a registry; the registry's Error when it already has
 * metrics of these names.
 *
 * @example
 * const metrics = await brokerMetrics(new Registry());
 * const broker = createBroker({ region: "eu-west-1", onEvent: metrics.onEvent });
 * metrics.observe(broker);
 */
export async function brokerMetrics(given?: Registry): Promise<BrokerMetrics> {
  const { Counter, Gauge, Histogram, Registry: NewRegistry } = await import("prom-client");
  // Not instanceof: a program may load prom-client twice.
  const isRegistry = contract("a Registry of prom-client", "registerMetric", "getMetricsAsJSON");
  const registry = given === undefined ? new NewRegistry() : (isRegistry(given, "registry", refuseOption) as Registry);
  const registers = [registry];
  const calls = new Counter({
    name: "countersign_sts_calls_total",
    help: "Requests to AWS STS",
    labelNames: ["operation", "region", "outcome", "code"],
    registers,
  });
  const callSeconds = new Histogram({
    name: "countersign_sts_call_seconds",
    help: "Duration of requests to AWS STS",
    labelNames: ["operation"],
    buckets: SECONDS,
    registers,
  });
  const refreshes = new Counter({
    name: "countersign_refreshes_total",
    help: "Renewals of credentials by outcome: ok, or the code of the failure",
    labelNames: ["outcome"],
    registers,
  });
  const refreshSeconds = new Histogram({
    name: "countersign_refresh_seconds",
    help: "Duration of renewals, with waiting for a turn and for other processes",
    buckets: SECONDS,
    registers,
  });
  const starts = new Counter({
    name: "countersign_refresh_starts_total",
    help: "Renewals that began, by reason",
    labelNames: ["reason"],
    registers,
  });
  const clockOffset = new Gauge({
    name: "countersign_clock_offset_seconds",
    help: "How far the machine's clock is behind the clocks of AWS; 0 until AWS proved a difference",
    registers,
  });
  const statics = new Counter({
    name: "countersign_static_serves_total",
    help: "Failed renewals during which valid credentials went on being served",
    registers,
  });
  const storeOpen = new Gauge({
    name: "countersign_store_breaker_open",
    help: "1 while the shared store is left alone after failures",
    registers,
  });
  const storeOpens = new Counter({
    name: "countersign_store_opens_total",
    help: "How often the shared store was left alone after failures, by reason",
    labelNames: ["reason"],
    registers,
  });
  const sourceRejected = new Gauge({
    name: "countersign_source_rejected",
    help: "1 while STS rejects the broker's own credentials, by the code of the failure",
    labelNames: ["code"],
    registers,
  });
  const alarms = new Counter({
    name: "countersign_store_alarms_total",
    help: "Records in the shared store that must not be there, by code",
    labelNames: ["code"],
    registers,
  });

  return {
    registry,
    onEvent(event: CountersignEvent) {
      switch (event.name) {
        case "sts.call":
          calls.inc({
            operation: event.operation,
            region: event.region,
            outcome: event.outcome,
            code: event.code ?? "",
          });
          callSeconds.observe({ operation: event.operation }, event.durationMs / 1000);
          break;
        case "credentials.refresh.start":
          starts.inc({ reason: event.reason });
          break;
        case "clock.skew":
          clockOffset.set(event.offsetMs / 1000);
          break;
        case "credentials.refresh.ok":
          refreshes.inc({ outcome: "ok" });
          refreshSeconds.observe(event.durationMs / 1000);
          break;
        case "credentials.refresh.fail":
          refreshes.inc({ outcome: event.code });
          refreshSeconds.observe(event.durationMs / 1000);
          break;
        case "credentials.refresh.static":
          statics.inc();
          break;
        case "source.rejected":
          sourceRejected.reset();
          sourceRejected.set({ code: event.code }, 1);
          break;
        case "source.accepted":
          sourceRejected.reset();
          break;
        case "store.open":
          storeOpen.set(1);
          storeOpens.inc({ reason: event.reason ?? "OTHER" });
          break;
        case "store.close":
          storeOpen.set(0);
          break;
        case "store.alarm":
          alarms.inc({ code: event.code });
          break;
        default:
      }
    },
    observe(broker) {
      contract("a broker from createBroker()", "snapshot")(broker, "broker", refuseOption);
      observeSessions(Gauge, registry, broker);
    },
  };
}
