import { addressOf, type Outgoing } from "./outgoing.ts";

/**
 * Whether text holds dot segments, which every fetch resolves before it sends: `/bucket/a/../b` becomes `/bucket/b`. The
 * URL standard takes `%2e` for a dot and a backslash for a slash (https://url.spec.whatwg.org/#double-dot-path-segment).
 */
export function hasDotSegments(input: string): boolean {
  return /[/\\](?:\.|%2e){1,2}(?=[/\\]|$)/i.test(input.replace(/[?#][^]*$|[\t\n\r]/g, ""));
}

/** Whether the caller's address has other path segments than the URL that is sent. */
export function isRewritten(input: Outgoing["input"]): boolean {
  return hasDotSegments(typeof input === "string" ? input : (addressOf.get(input) ?? ""));
}
