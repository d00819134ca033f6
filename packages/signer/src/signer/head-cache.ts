import { canonicalHash } from "#platform/canonical-hash";
import { digitsOf, type Hash, isDigest } from "#platform/sha256";
import type { HeadersInput, SignableRequest } from "../sigv4/request.ts";
import { type RequestHead, requestHead } from "../sigv4/request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "../sigv4/request-target.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";

/** Where what stays the same from one request to the next is kept. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string | URL) => RequestTarget;
  readonly headOf: (request: SignableRequest, scope: HmacScope, hash: Hash) => SigningHead;
}

/** The head of a request, and what its canonical request hashes to for a payload hash. */
export interface SigningHead {
  readonly head: RequestHead;
  readonly hashOf: (payloadHash: Hash) => Hash;
}

/** How many URLs are kept taken apart. */
const MAX_TARGETS = 64;

/** A URL taken apart, with the last head that was made for it and what that was made from. */
interface Kept {
  readonly target: RequestTarget;
  last?: SigningHead & {
    readonly serial: number;
    readonly method: string | undefined;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/**
 * Requests to one URL mostly have the same headers. While a second lasts, all but their payload hash and signature is
 * then the same, too.
 */
export function headCache(rules: ServiceRules): HeadCache {
  const kept = new Map<string, Kept>();

  function entryOf(url: string | URL): Kept {
    const text = String(url);
    let entry = kept.get(text);
    if (entry === undefined) {
      entry = { target: requestTarget(wireUrl(text, rules), rules) };
      if (kept.size >= MAX_TARGETS) kept.clear();
      kept.set(text, entry);
    }
    return entry;
  }

  return {
    targetOf: (url) => entryOf(url).target,
    headOf(request, scope, hash) {
      const entry = entryOf(request.url);
      const { last } = entry;
      const { method } = request;
      const headers = request.headers ?? {};
      if (
        last !== undefined &&
        last.serial === scope.serial &&
        last.method === method &&
        isDigest(hash) &&
        isPlain(headers) &&
        isSame(last.headers, headers)
      ) {
        return last;
      }
      // Read once: a getter may answer otherwise the second time.
      const own = isPlain(headers) ? { ...headers } : headers;
      const head = requestHead({ method, headers: own }, entry.target, scope, digitsOf(hash));
      const made = { head, hashOf: canonicalHash(head.canonical) };
      // Where the hash is also a header, the head is good for this body only.
      if (isRecord(own) && areDistinct(own) && head.added["x-amz-content-sha256"] === undefined) {
        entry.last = { ...made, serial: scope.serial, method, headers: own };
      }
      return made;
    },
  };
}

/** Whether headers show all that they hold in their properties. */
function isPlain(headers: HeadersInput): headers is Readonly<Record<string, string | readonly string[] | undefined>> {
  return Object.getPrototypeOf(headers) === Object.prototype && !(Symbol.iterator in headers);
}

/** Whether headers are a plain record of strings: others may change without looking different. */
function isRecord(headers: HeadersInput): headers is Readonly<Record<string, string>> {
  return isPlain(headers) && Object.values(headers).every((value) => typeof value === "string");
}

/** Whether no two names are one in lower case: their values join in order, and order is not compared. */
function areDistinct(headers: object): boolean {
  const names = Object.keys(headers);
  return new Set(names.map((name) => name.toLowerCase())).size === names.length;
}

/** Whether headers are, value by value, those that were kept. */
function isSame(kept: Readonly<Record<string, string>>, headers: object): boolean {
  let count = 0;
  for (const name in headers) {
    const value = kept[name];
    if (typeof value !== "string" || value !== (headers as Readonly<Record<string, unknown>>)[name]) return false;
    count++;
  }
  for (const _ in kept) count--;
  return count === 0;
}
