import { checkSleep } from "#platform/check-parts";
import { unlessAborted } from "@countersign/signer";

/** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
export async function sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
  checkSleep(ms, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  return unlessAborted(slept, signal).finally(() => clearTimeout(timer));
}
