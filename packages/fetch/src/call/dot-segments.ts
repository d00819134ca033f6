import { isRequest, type Outgoing } from "./outgoing.ts";

/** The address of a Request as its caller wrote it, before the platform rewrote it. */
const addressOf = new WeakMap<Request, string>();

/** Remembers from which address a Request was made: text, or another Request. */
export function rememberAddress(request: Request, from: Request | string): void {
  const written = isRequest(from) ? addressOf.get(from) : from;
  if (written !== undefined) addressOf.set(request, written);
}

/**
 * Whether text holds dot segments, which every fetch resolves before it sends: `/bucket/a/../b` becomes `/bucket/b`. The
 * URL standard takes `%2e` for a dot and a backslash for a slash (https://url.spec.whatwg.org/#double-dot-path-segment),
 * and drops spaces and control characters at both ends (https://url.spec.whatwg.org/#concept-basic-url-parser). A page's
 * address may be relative and begin with dots, also after its scheme: `https:../b`. Another colon separates nothing.
 */
export function hasDotSegments(input: string): boolean {
  // Spaces are looked for after dots only: a search for those at the end would begin at each space anew.
  return /^(?:[^?#]*[/\\]|[^!-\uffff]*(?:https?:)?)(?:\.|%2e){1,2}(?=[/\\?#]|[^!-\uffff]*$)/i.test(
    input.replace(/[\t\n\r]/g, ""),
  );
}

/** Whether the caller's address has other path segments than the URL that is sent. */
export function isRewritten(input: Outgoing["input"]): boolean {
  return hasDotSegments(typeof input === "string" ? input : (addressOf.get(input) ?? ""));
}
