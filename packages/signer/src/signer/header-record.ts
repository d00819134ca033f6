import { readHeaders } from "../sigv4/canonical-headers.ts";
import type { HeadersInput } from "../sigv4/request.ts";

/** Headers whose values nothing has read yet: a getter may answer otherwise the second time. */
export type HeaderRecord = Readonly<Record<string, unknown>>;

/**
 * Headers as a record, for a path that reads names and values by itself. Lists, maps and the like are read by `readHeaders`.
 *
 * @throws SignerError `INVALID_HEADER`, except for what is wrong with the values of a plain object.
 */
export function headerRecord(headers: HeadersInput = {}): HeaderRecord {
  const isPlain = Object.getPrototypeOf(headers ?? "") === Object.prototype && !(Symbol.iterator in headers);
  return isPlain ? headers : readHeaders(headers);
}

/** Whether two lists hold the same texts in the same order. */
export function areSame(before: readonly string[], now: readonly string[]): boolean {
  if (before.length !== now.length) return false;
  for (let at = 0; at < now.length; at++) if (before[at] !== now[at]) return false;
  return true;
}
