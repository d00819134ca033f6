import diagnosticsChannel from "node:diagnostics_channel";
import { AgingMap, type CountersignEvent } from "@countersign/signer";
import type { AuditRecord } from "./audit.ts";

/** Remembers how the latest connection to each host was protected. */
export interface UpstreamTls {
  of(host: string): AuditRecord["upstreamTls"];
  close(): void;
}

/**
 * Hosts of a generation. A client that may name many hosts, as buckets are, does not displace a host that is in use: each
 * record of a request reads its host.
 */
const MAX_HOSTS = 1000;

/** Listens to the handshakes of this process's transports (`countersign:tls.handshake`). */
export function createUpstreamTls(): UpstreamTls {
  const latest = new AgingMap<string, NonNullable<AuditRecord["upstreamTls"]>>(MAX_HOSTS);
  const listen = (message: unknown): void => {
    const event = message as Extract<CountersignEvent, { name: "tls.handshake" }>;
    const { host, protocol, cipher, group } = event.handshake;
    latest.set(host, { protocol, cipher, group: group ?? null });
  };
  diagnosticsChannel.subscribe("countersign:tls.handshake", listen);
  return {
    of: (host) => latest.get(host) ?? null,
    close: () => void diagnosticsChannel.unsubscribe("countersign:tls.handshake", listen),
  };
}
