import diagnosticsChannel from "node:diagnostics_channel";
import type { CountersignEvent } from "@countersign/signer";
import type { AuditRecord } from "./audit.ts";

/** Remembers how the latest connection to each host was protected. */
export interface UpstreamTls {
  of(host: string): AuditRecord["upstreamTls"];
  close(): void;
}

/** Hosts remembered; a proxy talks to a few. */
const MAX_HOSTS = 1000;

/** Listens to the handshakes of this process's transports (`countersign:tls.handshake`). */
export function createUpstreamTls(): UpstreamTls {
  const latest = new Map<string, NonNullable<AuditRecord["upstreamTls"]>>();
  const listen = (message: unknown): void => {
    const event = message as Extract<CountersignEvent, { name: "tls.handshake" }>;
    const { host, protocol, cipher, group } = event.handshake;
    if (latest.size >= MAX_HOSTS) latest.clear();
    latest.set(host, { protocol, cipher, group: group ?? null });
  };
  diagnosticsChannel.subscribe("countersign:tls.handshake", listen);
  return {
    of: (host) => latest.get(host) ?? null,
    close: () => void diagnosticsChannel.unsubscribe("countersign:tls.handshake", listen),
  };
}
