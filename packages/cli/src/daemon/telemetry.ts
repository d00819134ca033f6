import { brokerMetrics, type BrokerMetrics } from "@countersign/broker";
import { createOperatorLog, type LogLevel, type OperatorLog } from "@countersign/broker/server";
import type { Clock } from "@countersign/signer";
import type { Io } from "../io.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { type LineSink, sinkOf } from "./line-sink.ts";
import { boundedLines } from "./bounded-lines.ts";
import { certificateFault, type PresentedCertificate } from "./certificate.ts";
import { connectionLimits, type Connections, createConnections, openFilesLimit } from "./connections.ts";
import { createServerMetrics, type ServerMetrics } from "./server-metrics.ts";

/** The part of a configuration that says where a daemon writes. */
export interface LogConfig {
  readonly log?: {
    readonly level?: LogLevel;
    readonly file?: string;
    readonly auditFile?: string;
  };
}

/** What a daemon tells its operators. */
export interface Telemetry<Entry extends object> {
  /** The operator's log, at the level of the configuration in force. */
  readonly log: () => OperatorLog;
  readonly audit: AuditLog<Entry>;
  readonly sinks: readonly LineSink[];
  /** The registry, with the broker's metrics. */
  readonly metrics: BrokerMetrics;
  /** Metrics of the process. */
  readonly serverMetrics: ServerMetrics;
  /** The broker's `onEvent`: each event is counted and logged. */
  readonly onEvent: BrokerMetrics["onEvent"];
  /** Takes the level of a new configuration. */
  setLevel(config: LogConfig): void;
  /** Takes the certificates that are presented from now on, and logs those that are not valid or soon will not be. */
  present(certificates: readonly PresentedCertificate[]): void;
  /** Limits and counts the connections of listeners. */
  readonly connections: { readonly callers: Connections; readonly operators: Connections };
  close(): Promise<unknown>;
}

/**
 * Opens the log, the audit trail and the metrics of a daemon.
 *
 * @param kindOf as for `createAuditLog`.
 * @throws CliError `FILE_UNREADABLE`.
 */
export async function openTelemetry<Entry extends object>(
  config: LogConfig,
  io: Io,
  clock: Pick<Clock, "now">,
  kindOf: Parameters<typeof createAuditLog<Entry>>[2],
): Promise<Telemetry<Entry>> {
  const logSink = sinkOf(config.log?.file, io, "stderr");
  const auditSink = sinkOf(config.log?.auditFile, io, "stdout");
  const time = (): string => new Date(clock.now()).toISOString();
  const logLines = boundedLines(
    logSink,
    (count) => `${JSON.stringify({ level: "warn", time: time(), event: "log.dropped", count })}\n`,
    // Where stderr itself is at fault, the metric alone can tell.
    (fault) => {
      if (config.log?.file === undefined) return;
      io.stderr(`${JSON.stringify({ level: "error", time: time(), event: "log.failed", reason: fault })}\n`);
    },
  );
  const logAt = ({ log: given }: LogConfig): OperatorLog => createOperatorLog(logLines.write, { level: given?.level });
  let log = logAt(config);
  const metrics = await brokerMetrics();
  const auditLines = boundedLines(
    auditSink,
    (count) => `${JSON.stringify({ name: "audit.dropped", count, time: clock.now() })}\n`,
    (fault) => log.note("warn", "audit.dropped", { message: `audit: ${fault}; lines are dropped and counted` }),
  );
  const audit = createAuditLog<Entry>(auditLines, () => clock.now(), kindOf);
  const limits = connectionLimits(openFilesLimit());
  const connections = {
    callers: createConnections(limits.callers),
    operators: createConnections(limits.operators),
  };
  const serverMetrics = createServerMetrics(
    metrics.registry,
    { audit: auditLines.lost, log: logLines.lost },
    connections,
  );
  return {
    connections,
    present(certificates) {
      serverMetrics.presented(certificates);
      for (const one of certificates) {
        const fault = certificateFault(one, clock.now());
        if (fault === undefined) continue;
        const { level, reason } = fault;
        const notAfter = new Date(one.notAfter).toISOString();
        log.note(level, "certificate.fault", { certificate: one.certificate, notAfter, reason });
      }
    },
    log: () => log,
    audit,
    sinks: [logSink, auditSink],
    metrics,
    serverMetrics,
    onEvent(event) {
      metrics.onEvent(event);
      log(event);
    },
    setLevel: (next) => void (log = logAt(next)),
    close() {
      audit.close();
      const lost = auditLines.lost();
      if (lost > 0) log.note("warn", "audit.dropped", { message: `audit: ${lost} lines were dropped` });
      return Promise.all([logSink.close(), auditSink.close()]);
    },
  };
}
