import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { STOPPING } from "../until-stopped.ts";
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
  let isHurried = false;
  let forgetSignals = (): void => undefined;
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
      const stopped = new Promise<void>((stop) => {
        const hurry = (): void => {
          isHurried = true;
          daemon?.hurry();
        };
        forgetSignals = onStopping(stop, hurry);
      });
      daemon = await prepared.serve();
      if (isHurried) daemon.hurry();
      if (isReloadDue) reload();
      await stopped;
      await daemon.stop();
      return EXIT.ok;
    } finally {
      await prepared.close();
      if (daemon !== undefined) io.letGo?.();
    }
  } finally {
    forgetSignals();
    process.removeListener("SIGHUP", reload);
  }
}

/** The first signal stops, the second hurries, whichever they are. After that, a signal does what it does without us. */
function onStopping(stop: () => void, hurry: () => void): () => void {
  const steps = [stop, hurry];
  const forget = (): void => {
    for (const signal of STOPPING) process.removeListener(signal, next);
  };
  const next = (): void => {
    steps.shift()?.();
    if (steps.length === 0) forget();
  };
  for (const signal of STOPPING) process.on(signal, next);
  return forget;
}
