import { checkCertificates } from "../daemon/certificate.ts";
import { checkFutureSocket } from "../daemon/daemon-socket.ts";
import { type Daemon, type Prepared, live } from "../daemon/life.ts";
import { createOpened } from "../daemon/opened.ts";
import type { Io } from "../io.ts";
import { readingFilesOnly } from "../read-limited.ts";
import { openSession } from "../session.ts";
import { certifiedBy, filesOfProxy, type ReadProxy, readProxy } from "./config.ts";
import { doorsOf } from "./doors.ts";
import { openProxy, type ProxyServer } from "./open-proxy.ts";
import { reload } from "./reload.ts";

/**
 * Reads a configuration and makes everything that the proxy needs, except listeners.
 *
 * @throws CliError `INVALID_CONFIG` with file, line and field, `FILE_UNREADABLE`, `REGION_MISSING`; `USAGE` for a socket.
 */
export async function prepareProxy(file: string, io: Io): Promise<Prepared> {
  const read = readProxy(file);
  const { region, profile } = read.config;
  for (const { socket } of read.listens) if (socket !== undefined) checkFutureSocket(socket);
  const session = await openSession({ region, profile }, io);
  const opened = createOpened();
  opened.add(() => session.close());
  try {
    const server = await readingFilesOnly(() => openProxy(read, { file, io, session }, opened));
    return {
      close: () => opened.close(),
      serve: () => readingFilesOnly(() => serve(read, server)),
      checkCertificates: () => readingFilesOnly(() => checkCertificates(certifiedBy(read.config), Date.now())),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Opens the listeners. */
async function serve(read: ReadProxy, server: ProxyServer): Promise<Daemon> {
  const { file, session, telemetry, proxy, admin, listeners, inForce } = server;
  const change = await listeners.prepare(doorsOf(read, proxy, admin, telemetry.connections.operators));
  change.commit();
  return live({
    name: "proxy",
    file,
    clock: session.clock,
    log: telemetry.log,
    sinks: telemetry.sinks,
    metrics: telemetry.serverMetrics,
    config: () => inForce.config,
    files: () => filesOfProxy(inForce.config, file),
    addresses: listeners.addresses,
    take: () => reload(server),
    leave: () => (inForce.isLeaving = true),
    finish: (graceMs) => listeners.close(graceMs),
  });
}
