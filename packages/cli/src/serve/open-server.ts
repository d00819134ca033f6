import { type Broker, createBroker } from "@countersign/broker";
import { createAdminApp } from "@countersign/broker/server";
import type { CountersignEvent } from "@countersign/signer";
import { refusedVend } from "../daemon/audit-log.ts";
import { certificatesOf } from "../daemon/certificate.ts";
import { withPosition } from "../daemon/config-file.ts";
import { checkFutureSocket } from "../daemon/daemon-socket.ts";
import { createListeners, type Listeners } from "../daemon/listeners.ts";
import type { Opened } from "../daemon/opened.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { openTelemetry, type Telemetry } from "../daemon/telemetry.ts";
import type { Io } from "../io.ts";
import type { Session } from "../session.ts";
import { type CommandLine, makeCommandLine, socketOf } from "./command-line.ts";
import type { BrokerFields, ServeConfig } from "./config.ts";
import { type ConfiguredStore, openConfiguredStore } from "./configured-store.ts";
import { checkKeyFiles } from "./key-files.ts";
import { createVending, type Vending } from "./vending.ts";

/** The parts of a server. */
export interface Server {
  readonly file: string;
  readonly io: Io;
  readonly session: Session;
  readonly telemetry: Telemetry<CountersignEvent>;
  readonly store: ConfiguredStore;
  readonly broker: Broker;
  readonly vending: Vending;
  readonly admin: ReturnType<typeof createAdminApp>;
  readonly listeners: Listeners;
  /** What a reload replaces. */
  readonly inForce: {
    config: ServeConfig;
    commandLine: CommandLine | undefined;
    adminDigest: string | undefined;
    /** Set when the server begins to stop. */
    isLeaving: boolean;
  };
}

/**
 * Makes everything that a configuration needs, except listeners.
 *
 * @param opened gets what must be closed, also when this throws.
 * @throws CliError as `prepareServer`.
 */
export async function openServer(
  config: ServeConfig,
  { file, io, session }: Pick<Server, "file" | "io" | "session">,
  opened: Opened,
): Promise<Server> {
  const telemetry = await openTelemetry(config, io, session.clock, refusedVend);
  opened.add(() => telemetry.close());
  const store = await openConfiguredStore(config, file, io);
  opened.add(() => store.close());
  const broker = openBroker(config, file, session, store, telemetry);
  opened.add(() => broker.close());
  telemetry.metrics.observe(broker);

  const vending = createVending(file, broker, session, telemetry);
  const inForce = {
    config,
    commandLine: makeCommandLine(config, broker, session),
    adminDigest: adminDigestOf(config, io),
    isLeaving: false,
  };
  checkKeyFiles(config, file);
  vending.take(config.vending);
  telemetry.present(certificatesOf([...config.listen, config.admin]));
  if (config.commandLine !== undefined) checkFutureSocket(socketOf(config, io));
  const admin = createAdminApp(broker, {
    registry: telemetry.metrics.registry,
    isDraining: () => inForce.isLeaving,
    tokenSha256: () => inForce.adminDigest,
  });
  const listeners = createListeners(telemetry.log, "serve");
  return { file, io, session, telemetry, store, broker, vending, admin, listeners, inForce };
}

function openBroker(
  config: ServeConfig,
  file: string,
  session: Session,
  { store }: ConfiguredStore,
  { onEvent }: Pick<Server["telemetry"], "onEvent">,
): Broker {
  const { region, credentials, transport, clock } = session;
  const endpoint = config.endpoint ?? session.endpoint("sts");
  return withPosition(file, "", () =>
    createBroker({
      ...brokerFields(config),
      region,
      transport,
      clock,
      credentials: config.source === undefined ? credentials : { id: config.source, provider: credentials },
      endpoint,
      store,
      onEvent,
    }),
  );
}

function brokerFields({ failoverRegions, windows, serveExpired, sessionName, limits }: ServeConfig): BrokerFields {
  return { failoverRegions, windows, serveExpired, sessionName, limits };
}
