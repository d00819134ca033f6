import { checkSleep } from "#platform/check-parts";
import { unlessAborted } from "../call/unless-aborted.ts";

/** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  checkSleep(ms, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await unlessAborted(new Promise((resolve) => (timer = setTimeout(resolve, ms))), signal);
  } finally {
    clearTimeout(timer);
  }
}
