import { type Broker, createBroker } from "@countersign/broker";
import { createAdminApp } from "@countersign/broker/server";
import { type AuditRecord, createProxy, type Proxy, type ProxyClient } from "@countersign/proxy";
import { certificatesOf } from "../daemon/certificate.ts";
import { withPosition } from "../daemon/config-file.ts";
import { createListeners, type Listeners } from "../daemon/listeners.ts";
import type { Opened } from "../daemon/opened.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { openTelemetry, type Telemetry } from "../daemon/telemetry.ts";
import type { Io } from "../io.ts";
import { brokerOptionsOf, type Session } from "../session.ts";
import { clientsOf, hasCredentials } from "./clients.ts";
import { certifiedBy, type ProxyFile, type ReadProxy } from "./config.ts";
import { endpointsOf } from "./endpoints.ts";

/** The parts of a proxy. */
export interface ProxyServer {
  readonly file: string;
  readonly io: Io;
  readonly session: Session;
  readonly telemetry: Telemetry<AuditRecord>;
  readonly broker: Broker;
  readonly proxy: Proxy;
  readonly admin: ReturnType<typeof createAdminApp>;
  readonly listeners: Listeners;
  /** What a reload replaces. */
  readonly inForce: {
    config: ProxyFile;
    clients: readonly ProxyClient[];
    adminDigest: string | undefined;
    /** Set when the proxy begins to stop. */
    isLeaving: boolean;
  };
}

/**
 * Makes everything that a configuration needs, except listeners.
 *
 * @param opened gets what must be closed, also when this throws.
 * @throws CliError as `prepareProxy`.
 */
export async function openProxy(
  read: ReadProxy,
  { file, io, session }: Pick<ProxyServer, "file" | "io" | "session">,
  opened: Opened,
): Promise<ProxyServer> {
  const { config } = read;
  // Without proof there is no client: such requests are a flood's, and are sampled.
  const telemetry = await openTelemetry<AuditRecord>(config, io, session.clock, ({ client, code }) =>
    client === null ? { name: "proxy.refused", code: code ?? "" } : undefined,
  );
  opened.add(() => telemetry.close());
  const { audit, metrics } = telemetry;
  const broker = createBroker({ ...brokerOptionsOf(session), onEvent: telemetry.onEvent });
  opened.add(() => broker.close());
  metrics.observe(broker);

  const clients = withPosition(file, "", () => clientsOf(read, session, broker));
  const { maxSkewMs, maxBufferedBytes } = config;
  const proxy = await placed(file, () =>
    createProxy({
      clients,
      transport: session.transport,
      clock: session.clock,
      endpoints: endpointsOf(config, session),
      registry: metrics.registry,
      audit: audit.write,
      maxSkewMs,
      maxBufferedBytes,
    }),
  );
  opened.add(() => proxy.close());
  const inForce = { config, clients, adminDigest: adminDigestOf(config, io), isLeaving: false };
  telemetry.present(certificatesOf(certifiedBy(config)));
  const admin = createAdminApp(broker, {
    registry: metrics.registry,
    isDraining: () => inForce.isLeaving,
    readiness: async () =>
      (await hasCredentials(inForce.clients))
        ? { ready: true, says: "ready" }
        : { ready: false, says: "no credentials" },
    tokenSha256: () => inForce.adminDigest,
  });
  const listeners = createListeners(telemetry.log, "proxy");
  return { file, io, session, telemetry, broker, proxy, admin, listeners, inForce };
}

/** `withPosition` for what is made asynchronously. */
async function placed<T>(file: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    return withPosition(file, "", () => {
      throw error;
    });
  }
}
