import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { STOPPING, untilStopped } from "../until-stopped.ts";
import type { Daemon, Prepared } from "./life.ts";

/**
 * Runs a daemon until SIGINT or SIGTERM, from the moment on in which it opens its first listener; a second one ends the
 * drain delay, a third one the process. SIGHUP reloads: while the daemon starts, as soon as it listens. Without a listener
 * of its own SIGHUP would end the process.
 *
 * @param prepare reads the configuration.
 * @param check makes nothing listen: what is prepared was read and can be used.
 */
export async function runDaemon(
  prepare: () => Promise<Prepared>,
  check: ((prepared: Prepared) => void) | undefined,
  io: Pick<Io, "letGo">,
): Promise<number> {
  let daemon: Daemon | undefined;
  let isReloadDue = false;
  const waiting = new AbortController();
  const reload = (): void => {
    if (daemon === undefined) isReloadDue = true;
    else void daemon.reload();
  };
  process.on("SIGHUP", reload);
  try {
    const prepared = await prepare();
    try {
      if (check !== undefined) {
        check(prepared);
        return EXIT.ok;
      }
      const stopped = untilStopped(STOPPING, waiting.signal);
      daemon = await prepared.serve();
      if (isReloadDue) reload();
      await stopped;
      const hurry = (): void => daemon?.hurry();
      for (const signal of STOPPING) process.once(signal, hurry);
      await daemon.stop();
      for (const signal of STOPPING) process.removeListener(signal, hurry);
      return EXIT.ok;
    } finally {
      await prepared.close();
      if (daemon !== undefined) io.letGo?.();
    }
  } finally {
    waiting.abort();
    process.removeListener("SIGHUP", reload);
  }
}
