import { sha256Hex } from "#sha256";
import type { HeadCache } from "./head-cache.ts";
import type { HeadersInput } from "./request.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";

export type { HeadCache } from "./head-cache.ts";

/** How many URLs are kept taken apart. */
const MOST_TARGETS = 64;

/** A URL taken apart, with the last head that was made for it and what that was made from. */
interface Kept {
  readonly target: RequestTarget;
  head?: RequestHead | undefined;
  serial?: number;
  method?: string | undefined;
  headers?: Readonly<Record<string, unknown>>;
}

/**
 * Requests to one URL mostly have the same headers. While a second lasts, all but their payload hash and signature is
 * then the same, too.
 */
export function headCache(rules: ServiceRules): HeadCache<string> {
  const kept = new Map<string, Kept>();

  function entryOf(url: string | URL): Kept {
    const text = String(url);
    let entry = kept.get(text);
    if (entry === undefined) {
      entry = { target: requestTarget(wireUrl(text, rules), rules) };
      if (kept.size >= MOST_TARGETS) kept.clear();
      kept.set(text, entry);
    }
    return entry;
  }

  return {
    targetOf: (url) => entryOf(url).target,
    headOf(request, scope, hash) {
      const entry = entryOf(request.url);
      const { head } = entry;
      const { method } = request;
      const headers = request.headers ?? {};
      if (
        head !== undefined &&
        entry.serial === scope.serial &&
        entry.method === method &&
        hash.length === 64 &&
        isPlain(headers) &&
        isSame(entry.headers, headers)
      ) {
        return head;
      }
      const made = requestHead(request, entry.target, scope, hash);
      // Where the hash is also a header, the head is good for this body only.
      const isGood = isRecord(headers) && made.added["x-amz-content-sha256"] === undefined;
      entry.head = isGood ? made : undefined;
      entry.headers = isGood ? { ...headers } : {};
      entry.serial = scope.serial;
      entry.method = method;
      // Reading a character joins the string's pieces for good, which every hash would do anew for itself.
      made.canonical.charCodeAt(0);
      return made;
    },
    hashOf: ({ canonical }, hash) => sha256Hex(canonical + hash),
  };
}

/** Whether headers show all that they hold in their properties. */
function isPlain(headers: HeadersInput): boolean {
  return Object.getPrototypeOf(headers) === Object.prototype && !(Symbol.iterator in headers);
}

/** Whether headers are a plain record of strings: others may change without looking different. */
function isRecord(headers: HeadersInput): headers is Readonly<Record<string, string>> {
  return isPlain(headers) && Object.values(headers).every((value) => typeof value === "string");
}

/** Whether headers are, value by value, those that were kept. */
function isSame(kept: Readonly<Record<string, unknown>> = {}, headers: object): boolean {
  let count = 0;
  for (const name in kept) {
    if (!Object.is(kept[name], (headers as Readonly<Record<string, unknown>>)[name])) return false;
    count++;
  }
  for (const _ in headers) count--;
  return count === 0;
}
