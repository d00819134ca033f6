import { EXIT } from "../exit-codes.ts";
import { untilStopped } from "../until-stopped.ts";
import type { Prepared } from "./life.ts";

const STOPPING = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs a daemon until SIGINT or SIGTERM; a second one ends the drain delay. SIGHUP reloads.
 *
 * @param check makes nothing listen: what is prepared was read and can be used.
 */
export async function runDaemon(prepared: Prepared, check: (() => void) | undefined): Promise<number> {
  try {
    if (check !== undefined) {
      check();
      return EXIT.ok;
    }
    const daemon = await prepared.serve();
    const reload = (): void => void daemon.reload();
    process.on("SIGHUP", reload);
    try {
      await untilStopped();
      const hurry = (): void => daemon.hurry();
      for (const signal of STOPPING) process.once(signal, hurry);
      await daemon.stop();
      for (const signal of STOPPING) process.removeListener(signal, hurry);
    } finally {
      process.removeListener("SIGHUP", reload);
    }
    return EXIT.ok;
  } finally {
    await prepared.close();
  }
}
