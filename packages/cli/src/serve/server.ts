import { type Broker, createBroker } from "@countersign/broker";
import { createAdminApp, createCommandLineApp, createVendingApp, type VendingApp } from "@countersign/broker/server";
import { checkSocket, daemonSocket } from "../daemon/daemon-socket.ts";
import type { Io } from "../io.ts";
import { openSession, type Session } from "../session.ts";
import { checkUnchanged } from "../daemon/check-unchanged.ts";
import { withPosition } from "../daemon/config-file.ts";
import { refusedVend } from "../daemon/audit-log.ts";
import { type BrokerFields, readServeConfig, type ServeConfig } from "./config.ts";
import { filesOf } from "./files-of.ts";
import { checkKeyFiles } from "./key-files.ts";
import { type Prepared, live } from "../daemon/life.ts";
import { createListeners, type Wanted } from "../daemon/listeners.ts";
import { certificatesOf } from "../daemon/certificate.ts";
import { answerOnPort, answerOnSocket } from "../daemon/serve-fetch.ts";
import { loopbackOnly } from "../daemon/loopback-only.ts";
import { createLiveStore, type LiveStore } from "./live-store.ts";
import type { OpenStore } from "./open-store.ts";
import { fixedOf } from "./fixed-fields.ts";
import { refusePipes } from "../daemon/refuse-pipes.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { openTelemetry } from "../daemon/telemetry.ts";

/**
 * Reads a configuration and makes everything that it needs, except listeners.
 *
 * @throws CliError `INVALID_CONFIG` with file, line and field, `FILE_UNREADABLE`, `REGION_MISSING`; `USAGE` for the socket.
 */
export async function prepareServer(file: string, io: Io): Promise<Prepared> {
  let config = readServeConfig(file);
  // The configuration may name an identity provider or STS at http: on this machine. Its check refuses http: to others.
  const session = await openSession({ region: config.region, profile: config.profile }, io, {
    allowLoopbackHttp: true,
  });
  const closing: (() => unknown)[] = [() => session.close()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const telemetry = await openTelemetry(config, io, session.clock, refusedVend);
    closing.push(() => telemetry.close());
    const { audit, metrics } = telemetry;

    let opened = await openConfigured(config, file, io);
    const liveStore: LiveStore | undefined = opened && createLiveStore(opened.store);
    closing.push(() => opened?.close());
    const { region, credentials, transport, clock } = session;
    const endpoint = config.endpoint ?? session.endpoint("sts");
    const broker = withPosition(file, "", () =>
      createBroker({
        ...brokerFields(config),
        region,
        transport,
        clock,
        credentials: config.source === undefined ? credentials : { id: config.source, provider: credentials },
        endpoint,
        store: liveStore?.store,
        onEvent: telemetry.onEvent,
      }),
    );
    closing.push(() => broker.close());
    metrics.observe(broker);

    let app: VendingApp | undefined;
    let commandLine = makeCommandLine(config, broker, session);
    let adminDigest = adminDigestOf(config, io);
    let isLeaving = false;
    const vend = ({ vending }: ServeConfig): void => {
      if (vending === undefined) return;
      withPosition(file, "/vending", () => {
        if (app !== undefined) return app.replace(vending);
        app = createVendingApp(broker, {
          ...vending,
          operatorRoutes: "separate",
          transport: session.transport,
          clock: session.clock,
          // The audit trail says who got what; the state of identity providers is for operators.
          onEvent: (event) => (event.name.startsWith("vend.") ? audit.write(event) : telemetry.onEvent(event)),
          registry: metrics.registry,
        });
        return undefined;
      });
    };
    checkKeyFiles(config, file);
    vend(config);
    telemetry.present(certificatesOf([...config.listen, config.admin]));
    if (config.commandLine !== undefined) checkSocket(socketOf(config, io));
    const admin = createAdminApp(broker, {
      registry: metrics.registry,
      isDraining: () => isLeaving,
      tokenSha256: () => adminDigest,
    });
    const listeners = createListeners(telemetry.log, "serve");

    function wanted(next: ServeConfig): readonly Wanted[] {
      return [
        ...next.listen.map((where, index) =>
          answerOnPort(
            where.port === 0 ? `listen ${index}` : "listen",
            where,
            (request, env) => (app as VendingApp).fetch(request, env),
            telemetry.connections.callers,
          ),
        ),
        ...(next.admin === undefined
          ? []
          : [
              answerOnPort("admin", next.admin, loopbackOnly(admin.fetch, next.admin), telemetry.connections.operators),
            ]),
        ...(next.commandLine === undefined
          ? []
          : [answerOnSocket("command line", socketOf(next, io), (request) => commandLine?.fetch(request) ?? gone())]),
      ];
    }

    async function take(): Promise<void> {
      const next = readServeConfig(file);
      refusePipes(filesOf(next, file, io));
      checkUnchanged(fixedOf(config, next), file, "broker");
      checkKeyFiles(next, file);
      const certificates = certificatesOf([...next.listen, next.admin]);
      const nextStore = await openConfigured(next, file, io);
      try {
        const nextDigest = adminDigestOf(next, io);
        const nextCommandLine = makeCommandLine(next, broker, session);
        const change = await listeners.prepare(wanted(next));
        try {
          vend(next);
        } catch (error) {
          await change.cancel();
          throw error;
        }
        // Nothing can fail from here on.
        change.commit();
        commandLine = nextCommandLine;
        adminDigest = nextDigest;
        config = next;
        void app?.warm();
      } catch (error) {
        nextStore?.close();
        throw error;
      }
      if (nextStore !== undefined) {
        liveStore?.replace(nextStore.store);
        const previous = opened;
        opened = nextStore;
        // Operations under way end within their budget.
        setTimeout(() => previous?.close(), 1000).unref();
      }
      telemetry.setLevel(config);
      telemetry.present(certificates);
      session.renew();
    }

    return {
      close,
      async serve() {
        const change = await listeners.prepare(wanted(config));
        change.commit();
        void app?.warm();
        return live({
          name: "serve",
          file,
          clock: session.clock,
          log: telemetry.log,
          sinks: telemetry.sinks,
          metrics: telemetry.serverMetrics,
          config: () => config,
          files: () => filesOf(config, file, io),
          addresses: listeners.addresses,
          take,
          leave() {
            isLeaving = true;
            app?.leave();
          },
          finish: (graceMs) => Promise.all([app?.drain(), listeners.close(graceMs)]),
        });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function brokerFields({ failoverRegions, windows, serveExpired, sessionName, limits }: ServeConfig): BrokerFields {
  return { failoverRegions, windows, serveExpired, sessionName, limits };
}

/** The client of Valkey is loaded only where a store is configured. */
async function openConfigured({ store }: ServeConfig, file: string, io: Io): Promise<OpenStore | undefined> {
  if (store === undefined) return undefined;
  const { openStore } = await import("./open-store.ts");
  return openStore(store, file, io);
}

function makeCommandLine(
  { commandLine }: ServeConfig,
  broker: Broker,
  { clock }: Session,
): ReturnType<typeof createCommandLineApp> | undefined {
  return commandLine && createCommandLineApp(broker, { roles: commandLine.roles, clock });
}

function socketOf({ commandLine }: ServeConfig, { env }: Io): string {
  return commandLine?.socket ?? daemonSocket(env);
}

function gone(): Response {
  return new Response(null, { status: 404 });
}
