import type { OperatorLog } from "@countersign/broker/server";
import type { Clock } from "@countersign/signer";
import type { DaemonConfig } from "./config-file.ts";
import type { LineSink } from "./line-sink.ts";
import { readingFilesOnly } from "../read-limited.ts";
import { refusePipes } from "./refuse-pipes.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { watchFiles } from "./watch.ts";

/** A daemon that runs. */
export interface Daemon {
  /**
   * Takes the file as it is now, with the files that it names. Open connections and counts stay. If anything is wrong
   * with it, the configuration in force stays and the reason is logged.
   */
  reload(): Promise<"ok" | "refused">;
  /** Stops: first `/readyz` answers 503, after the drain delay the ports close, then requests under way end. */
  stop(): Promise<void>;
  /** Ends the drain delay of `stop` at once. */
  hurry(): void;
  /** The addresses that it listens on. */
  readonly addresses: readonly string[];
}

/** A daemon that is ready: it has made everything except listeners. */
export interface Prepared<Running extends Daemon = Daemon> {
  serve(): Promise<Running>;
  /** @throws CliError `INVALID_CONFIG` for a certificate that clients refuse now. */
  checkCertificates(): void;
  close(): Promise<void>;
}

/** The parts of a daemon that differ between the commands. */
export interface Life {
  /** The first part of the names of events. */
  readonly name: string;
  readonly file: string;
  readonly clock: Clock;
  readonly log: () => OperatorLog;
  readonly sinks: readonly LineSink[];
  readonly metrics: ServerMetrics;
  readonly config: () => DaemonConfig;
  /** The files whose change is a reload. */
  readonly files: () => readonly string[];
  readonly addresses: () => readonly string[];
  /** Takes the file as it is now. What it throws is the reason for which nothing changed. */
  readonly take: () => Promise<void>;
  /** `/readyz` answers 503 from now on. */
  readonly leave: () => void;
  /** Closes the ports, and ends requests under way after `graceMs`. */
  readonly finish: (graceMs: number) => Promise<unknown>;
}

const GRACE_SECONDS = 10;
const WATCH_SECONDS = 5;

/** Begins the life of a daemon whose listeners are open: it watches its files until it is stopped. */
export function live(life: Life): Daemon {
  const { name, file, clock, log, sinks, metrics, take } = life;
  const hurried = new AbortController();
  let isStopping = false;
  // Why the file as it is now cannot be taken.
  let refusal: string | undefined;
  // One reload after the other: each compares with the configuration that the one before left in force.
  let reloading: Promise<unknown> = Promise.resolve();

  async function attempt(isAgain: boolean): Promise<"ok" | "refused"> {
    try {
      refusePipes(life.files());
      await readingFilesOnly(take);
    } catch (error) {
      const reason = reasonOf(error as Error);
      if (!isAgain || reason !== refusal) {
        log().note("error", "config.refused", { reason });
        metrics.reloaded("refused");
      }
      refusal = reason;
      return "refused";
    }
    refusal = undefined;
    log().note("info", "config.reloaded", { file });
    metrics.reloaded("ok");
    return "ok";
  }

  function next(isAgain: boolean): Promise<"ok" | "refused"> {
    const run = reloading.then(() => {
      if (!isAgain) for (const sink of sinks) sink.reopen();
      if (!isStopping) return attempt(isAgain);
      log().note("info", "config.ignored", { reason: `${name} is stopping` });
      return "refused";
    });
    reloading = run;
    return run;
  }

  const reload = (): Promise<"ok" | "refused"> => next(false);
  // What stood in the way can end without a change of these files: a port was taken, or a file that only the new
  // configuration names was missing.
  const tryAgain = (): void => void (refusal !== undefined && next(true));
  const everyMs = (life.config().watchSeconds ?? WATCH_SECONDS) * 1000;
  const stopWatching = watchFiles(life.files, everyMs, () => void reload(), tryAgain);
  return {
    reload,
    hurry: () => hurried.abort(),
    addresses: life.addresses(),
    async stop() {
      stopWatching();
      isStopping = true;
      await reloading;
      const { delaySeconds = 0, graceSeconds = GRACE_SECONDS } = life.config().drain ?? {};
      life.leave();
      log().note("info", `${name}.draining`, { delaySeconds, graceSeconds });
      if (delaySeconds > 0) await clock.sleep(delaySeconds * 1000, hurried.signal).catch(() => undefined);
      await life.finish(graceSeconds * 1000);
      log().note("info", `${name}.stopped`);
    },
  };
}

/** The reason of a refusal, with the system's or OpenSSL's code for it. */
function reasonOf(error: Error): string {
  const { code } = Object(error.cause) as { readonly code?: unknown };
  return typeof code === "string" ? `${error.message}: ${code}` : error.message;
}
