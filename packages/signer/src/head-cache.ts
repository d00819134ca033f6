import { toHex } from "#sha256";
import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import type { SignableRequest } from "./request.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";
import { absorb, beginning, digest, type Midstate } from "./sha256-digest.ts";
import type { HmacScope } from "./signing-scope.ts";

/** Where what stays the same from one request to the next may be kept. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string | URL) => RequestTarget;
  readonly headOf: (request: SignableRequest, scope: HmacScope, hash: string) => RequestHead;
  /** The hash of the canonical request that the head just made and a payload hash come to. */
  readonly hashOf: (head: RequestHead, hash: string) => string;
}

/**
 * The compact form: keeps the last head and the SHA-256 of its canonical request up to the payload hash. A page mostly
 * sends the same request with other bodies.
 */
export function headCache(rules: ServiceRules): HeadCache {
  const targetOf = (url: string | URL): RequestTarget => requestTarget(wireUrl(String(url), rules), rules);
  let key = "";
  let head: RequestHead;
  let taken: Midstate;

  return {
    targetOf,
    headOf(request, scope, hash) {
      const method = canonicalMethod(request.method);
      // Once: an iterator has nothing to give a second time.
      const headers = readHeaders(request.headers);
      const made = JSON.stringify([
        method,
        String(request.url),
        headers,
        scope.serial,
        // Where the hash is also a header, the head is good for this body only.
        head?.added["x-amz-content-sha256"] === undefined ? hash.length : hash,
      ]);
      if (made !== key) {
        head = requestHead({ method, headers }, targetOf(request.url), scope, hash);
        taken = absorb(beginning, head.canonical);
        key = made;
      }
      return head;
    },
    hashOf: (_, hash) => toHex(digest(hash, taken)),
  };
}
