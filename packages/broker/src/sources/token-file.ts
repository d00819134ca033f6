import { randomUUID } from "node:crypto";
import { realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { jsonObject } from "./json-object.ts";
import { removeLeftovers } from "../store/remove-leftovers.ts";
import { readSmallFile } from "./read-file.ts";
import { placeOpenToAnyone } from "./shared-config/place-open-to-anyone.ts";
import { invalid } from "./source-errors.ts";

/** A cached session of AWS's tools has a few kilobytes. */
const MAX_BYTES = 1 << 18;

/**
 * The members of a file in the cache of AWS's tools. `undefined`: it is missing or cannot be read.
 *
 * @param place names the setting in errors.
 * @throws BrokerError `SOURCE_INVALID` for a file that every user may change or replace: requests would be signed with keys
 * that another user planted.
 */
export function readTokenFile(file: string, place: string): Readonly<Record<string, unknown>> | undefined {
  let content: Readonly<Record<string, unknown>>;
  try {
    content = jsonObject(readSmallFile(file, MAX_BYTES).toString("utf8"));
  } catch {
    return undefined;
  }
  const open = placeOpenToAnyone(file);
  if (open === undefined) return content;
  throw invalid(
    `${place}: its session must not be cached where every user may write; move it, or run chmod o-w ${open}`,
  );
}

/**
 * Replaces a file in the cache of AWS's tools at once, readable for its owner only; of a link, the file that it leads to,
 * since its token is no longer valid. A folder that cannot be written to only costs a renewal.
 */
export function replaceTokenFile(file: string, content: object): void {
  const id = randomUUID();
  let next = `${file}.${id}`;
  try {
    const target = realpathSync(file);
    next = `${target}.${id}`;
    writeFileSync(next, JSON.stringify(content), { mode: 0o600, flag: "wx" });
    renameSync(next, target);
    removeLeftovers(target);
  } catch {
    removeUnfinished(next);
  }
}

/** On a full disk each renewal would leave a file with part of a token. */
function removeUnfinished(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

/** A time as AWS's tools write it, in whole seconds. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/u, "Z");
}
