import { type Broker, brokerMetrics, createBroker } from "@countersign/broker";
import {
  createAdminApp,
  createCommandLineApp,
  createOperatorLog,
  createVendingApp,
  type OperatorLog,
  type VendingApp,
} from "@countersign/broker/server";
import { checkSocket, daemonSocket } from "../daemon/daemon-socket.ts";
import type { Io } from "../io.ts";
import { openSession } from "../session.ts";
import { createAuditLog, refusedVend } from "./audit-log.ts";
import { sha256 } from "./sha256.ts";
import { type BrokerFields, readServeConfig, type ServeConfig, withPosition } from "./config.ts";
import { filesOf } from "./files-of.ts";
import { type LineSink, toFile, toStream } from "./line-sink.ts";
import { checkKeyFiles } from "./key-files.ts";
import { createListeners, type Wanted } from "./listeners.ts";
import { readCertificate } from "./listen.ts";
import { loopbackOnly } from "./loopback-only.ts";
import { createLiveStore, type LiveStore } from "./live-store.ts";
import type { OpenStore } from "./open-store.ts";
import { checkUnchanged } from "./fixed-fields.ts";
import { readSecret } from "./secret.ts";
import { createServerMetrics } from "./server-metrics.ts";
import { watchFiles } from "./watch.ts";

/** A broker that serves a configuration file. */
export interface Server {
  /**
   * Takes the file as it is now, with the files that it names. Sessions, leases, counts and open connections stay. If
   * anything is wrong with it, the configuration in force stays and the reason is logged.
   */
  reload(): Promise<"ok" | "refused">;
  /** Stops: first `/readyz` answers 503, after the drain delay the ports close, then requests under way end. */
  stop(): Promise<void>;
  /** Ends the drain delay of `stop` at once. */
  hurry(): void;
  /** The addresses that it listens on. */
  readonly addresses: readonly string[];
}

/** A broker that is ready to serve. */
export interface Prepared {
  serve(): Promise<Server>;
  close(): Promise<void>;
}

const GRACE_SECONDS = 10;
const WATCH_SECONDS = 5;

/**
 * Reads a configuration and makes everything that it needs, except listeners.
 *
 * @throws CliError `INVALID_CONFIG` with file, line and field, `FILE_UNREADABLE`, `REGION_MISSING`; `USAGE` for the socket.
 */
export async function prepareServer(file: string, io: Io): Promise<Prepared> {
  let config = readServeConfig(file);
  const session = await openSession({ region: config.region, profile: config.profile }, io);
  const closing: (() => unknown)[] = [() => session.close()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const logSink = sinkOf(config.log?.file, toStream(io, "stderr"));
    const auditSink = sinkOf(config.log?.auditFile, toStream(io, "stdout"));
    closing.push(() => Promise.all([logSink.close(), auditSink.close()]));
    let log: OperatorLog = createOperatorLog(logSink.write, { level: config.log?.level });
    const metrics = await brokerMetrics();
    const audit = createAuditLog(
      {
        stdout: auditSink.write,
        stderr: (message) => log.note("warn", "audit.dropped", { message: message.trim() }),
        backlog: auditSink.backlog,
      },
      () => session.clock.now(),
      refusedVend,
    );
    closing.push(() => audit.close());
    const serverMetrics = createServerMetrics(metrics.registry, audit.lost);

    let opened = await openConfigured(config, file, io);
    const live: LiveStore | undefined = opened && createLiveStore(opened.store);
    closing.push(() => opened?.close());
    const { credentials } = session;
    const broker = withPosition(file, "", () =>
      createBroker({
        ...brokerFields(config),
        region: session.region,
        credentials: config.source === undefined ? credentials : { id: config.source, provider: credentials },
        transport: session.transport,
        clock: session.clock,
        endpoint: config.endpoint ?? session.endpoint("sts"),
        store: live?.store,
        onEvent(event) {
          metrics.onEvent(event);
          log(event);
        },
      }),
    );
    closing.push(() => broker.close());
    metrics.observe(broker);

    let app: VendingApp | undefined;
    let commandLine = makeCommandLine(config, broker, session);
    let adminDigest = tokenDigest(config, io);
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
          onEvent: audit.write,
          registry: metrics.registry,
        });
        return undefined;
      });
    };
    checkKeyFiles(config, file);
    vend(config);
    for (const where of config.listen) readCertificate(where);
    if (config.admin !== undefined) readCertificate(config.admin);
    if (config.commandLine !== undefined) checkSocket(socketOf(config, io));
    const admin = createAdminApp(broker, {
      registry: metrics.registry,
      isDraining: () => isLeaving,
      tokenSha256: () => adminDigest,
    });
    const listeners = createListeners(log);

    function wanted(next: ServeConfig): readonly Wanted[] {
      return [
        ...next.listen.map((where, index): Wanted => {
          const role = where.port === 0 ? `listen ${index}` : "listen";
          return { role, where, fetch: (request, env) => (app as VendingApp).fetch(request, env) };
        }),
        ...(next.admin === undefined
          ? []
          : [{ role: "admin", where: next.admin, fetch: loopbackOnly(admin.fetch, next.admin) } satisfies Wanted]),
        ...(next.commandLine === undefined
          ? []
          : [
              {
                role: "command line",
                socket: socketOf(next, io),
                fetch: (request: Request) => commandLine?.fetch(request) ?? gone(),
              },
            ]),
      ];
    }

    async function take(): Promise<void> {
      const next = readServeConfig(file);
      checkUnchanged(config, next, file);
      checkKeyFiles(next, file);
      const nextStore = await openConfigured(next, file, io);
      try {
        const nextDigest = tokenDigest(next, io);
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
      } catch (error) {
        nextStore?.close();
        throw error;
      }
      if (nextStore !== undefined) {
        live?.replace(nextStore.store);
        const previous = opened;
        opened = nextStore;
        // Operations under way end within their budget.
        setTimeout(() => previous?.close(), 1000).unref();
      }
      log = createOperatorLog(logSink.write, { level: config.log?.level });
      session.renew();
    }

    let reloading: Promise<unknown> = Promise.resolve();
    function reload(): Promise<"ok" | "refused"> {
      const run = reloading.then(async () => {
        logSink.reopen();
        auditSink.reopen();
        try {
          await take();
          log.note("info", "config.reloaded", { file });
          serverMetrics.reloaded("ok");
          return "ok" as const;
        } catch (error) {
          log.note("error", "config.refused", { reason: (error as Error).message });
          serverMetrics.reloaded("refused");
          return "refused" as const;
        }
      });
      reloading = run;
      return run;
    }

    return {
      close,
      async serve() {
        const change = await listeners.prepare(wanted(config));
        change.commit();
        const stopWatching = watchFiles(
          () => filesOf(config, file, io),
          (config.watchSeconds ?? WATCH_SECONDS) * 1000,
          () => void reload(),
        );
        const hurried = new AbortController();
        return {
          reload,
          hurry: () => hurried.abort(),
          addresses: listeners.addresses(),
          async stop() {
            stopWatching();
            await reloading;
            const { delaySeconds = 0, graceSeconds = GRACE_SECONDS } = config.drain ?? {};
            isLeaving = true;
            app?.leave();
            log.note("info", "serve.draining", { delaySeconds, graceSeconds });
            if (delaySeconds > 0) {
              await session.clock.sleep(delaySeconds * 1000, hurried.signal).catch(() => undefined);
            }
            await Promise.all([app?.drain(), listeners.close(graceSeconds * 1000)]);
            log.note("info", "serve.stopped");
          },
        };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sinkOf(file: string | undefined, otherwise: LineSink): LineSink {
  return file === undefined ? otherwise : toFile(file);
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
  { clock }: Awaited<ReturnType<typeof openSession>>,
): ReturnType<typeof createCommandLineApp> | undefined {
  return commandLine && createCommandLineApp(broker, { roles: commandLine.roles, clock });
}

function tokenDigest({ admin }: ServeConfig, io: Io): string | undefined {
  return admin?.token === undefined ? undefined : sha256(readSecret(admin.token, "/admin/token", io));
}

function socketOf({ commandLine }: ServeConfig, { env }: Io): string {
  return commandLine?.socket ?? daemonSocket(env);
}

function gone(): Response {
  return new Response(null, { status: 404 });
}
