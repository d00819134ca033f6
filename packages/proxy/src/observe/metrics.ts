import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AuditRecord } from "./audit.ts";

/** The proxy's metrics. Labels hold names of clients and actions, never a resource or a key. */
export interface ProxyMetrics {
  /** Call when a request arrives; call the returned function when it was answered. */
  started(): (record: AuditRecord) => void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Actions of one client with a label of their own. SageMaker has about 400, and a wildcard allows any other name. */
const MAX_ACTIONS = 500;

/** Makes the function that tells the label of an action: `other` for those above the limit of their client. */
function createActionLabel(): (client: string, action: string) => string {
  const known = new Map<string, Set<string>>();
  return (client, action) => {
    const actions = known.get(client) ?? new Set();
    known.set(client, actions);
    if (actions.size >= MAX_ACTIONS && !actions.has(action)) return "other";
    actions.add(action);
    return action;
  };
}

/** Registers the metrics; without a registry they count nothing. `prom-client` is loaded only for a registry. */
export async function createMetrics(registry: Registry | undefined): Promise<ProxyMetrics> {
  if (registry === undefined) return { started: () => () => undefined };
  const prom = await import("prom-client");
  const registers = [registry];
  const requests: Counter = new prom.Counter({
    name: "countersign_proxy_requests_total",
    help: "Requests by client, action, decision and the proxy's own code of a refusal",
    labelNames: ["client", "action", "decision", "code"],
    registers,
  });
  const seconds: Histogram = new prom.Histogram({
    name: "countersign_proxy_request_seconds",
    help: "From the head of a request to the end of its answer",
    labelNames: ["decision"],
    buckets: SECONDS,
    registers,
  });
  const bytes: Counter = new prom.Counter({
    name: "countersign_proxy_body_bytes_total",
    help: "Bytes of bodies by direction: in from clients, out to them",
    labelNames: ["direction"],
    registers,
  });
  const inFlight: Gauge = new prom.Gauge({
    name: "countersign_proxy_requests_in_flight",
    help: "Requests that are being answered",
    registers,
  });
  const actionLabel = createActionLabel();
  return {
    started() {
      inFlight.inc();
      return ({ client, actions, decision, code, milliseconds, bytesIn, bytesOut }) => {
        inFlight.dec();
        // Of a request that was refused nothing is verified: an attacker must not be able to make up labels.
        const isSent = client !== null && decision === "sent";
        const action = isSent ? actionLabel(client, actions[0] ?? "") : "";
        requests.inc({ client: client ?? "", action, decision, code: code ?? "" });
        seconds.observe({ decision }, milliseconds / 1000);
        bytes.inc({ direction: "in" }, bytesIn);
        bytes.inc({ direction: "out" }, bytesOut);
      };
    },
  };
}
