import { checkCertificates } from "../daemon/certificate.ts";
import { type Daemon, type Prepared, live } from "../daemon/life.ts";
import { createOpened } from "../daemon/opened.ts";
import type { Io } from "../io.ts";
import { readingFilesOnly } from "../read-limited.ts";
import { openSession } from "../session.ts";
import { readServeConfig } from "./config.ts";
import { doorsOf } from "./doors.ts";
import { filesOf } from "./files-of.ts";
import { openServer, type Server } from "./open-server.ts";
import { reload } from "./reload.ts";

/**
 * Reads a configuration and makes everything that it needs, except listeners.
 *
 * @throws CliError `INVALID_CONFIG` with file, line and field, `FILE_UNREADABLE`, `REGION_MISSING`; `USAGE` for the socket.
 */
export async function prepareServer(file: string, io: Io): Promise<Prepared> {
  const config = readServeConfig(file);
  const session = await openSession({ region: config.region, profile: config.profile }, io);
  const opened = createOpened();
  opened.add(() => session.close());
  try {
    const server = await readingFilesOnly(() => openServer(config, { file, io, session }, opened));
    return {
      close: () => opened.close(),
      serve: () => readingFilesOnly(() => serve(server)),
      checkCertificates: () => readingFilesOnly(() => checkCertificates([...config.listen, config.admin], Date.now())),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Opens the listeners. */
async function serve(server: Server): Promise<Daemon> {
  const { file, io, session, telemetry, vending, listeners, inForce } = server;
  const change = await listeners.prepare(doorsOf(inForce.config, server));
  change.commit();
  void vending.app()?.warm();
  return live({
    name: "serve",
    file,
    clock: session.clock,
    log: telemetry.log,
    sinks: telemetry.sinks,
    metrics: telemetry.serverMetrics,
    config: () => inForce.config,
    files: () => filesOf(inForce.config, file, io),
    addresses: listeners.addresses,
    take: () => reload(server),
    leave() {
      inForce.isLeaving = true;
      vending.app()?.leave();
    },
    finish: (graceMs) => Promise.all([vending.app()?.drain(), listeners.close(graceMs)]),
  });
}
