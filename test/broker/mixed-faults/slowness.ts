import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Four processes that do nothing start and end in this time on two cores that are free, in milliseconds. */
const FREE_MS = 120;
const MAX = 6;

/** How many times as long as on a free machine of two cores four processes take here: at least once, at most six times. */
export async function measureSlowness(): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ["-e", "0"])));
  return Math.min(MAX, Math.max(1, (performance.now() - started) / FREE_MS));
}
