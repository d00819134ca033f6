import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import { closeMessage, openMessage, type OpenMessage } from "./open-message.ts";
import type { SignableRequest } from "./request.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";
import { type Hash, toHex } from "./sha256.ts";
import { absorb, beginning } from "./sha256-digest.ts";
import type { HmacScope } from "./signing-scope.ts";

/** Where what stays the same from one request to the next may be kept. */
export interface HeadCache<Hash> {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string | URL) => RequestTarget;
  readonly headOf: (request: SignableRequest, scope: HmacScope, hash: Hash) => RequestHead;
  /** The hash of the canonical request that the head just made and a payload hash come to. */
  readonly hashOf: (head: RequestHead, hash: Hash) => Hash;
}

/**
 * The compact form: keeps the last head and the SHA-256 of its canonical request up to the payload hash. A page mostly
 * sends the same request with other bodies.
 */
export function headCache(rules: ServiceRules): HeadCache<Hash> {
  const targetOf = (url: string | URL): RequestTarget => requestTarget(wireUrl(String(url), rules), rules);
  let key: readonly unknown[] = [];
  let head: RequestHead;
  let message: OpenMessage;

  return {
    targetOf,
    headOf(request, scope, hash) {
      const method = canonicalMethod(request.method);
      // Once: an iterator has nothing to give a second time.
      const headers = readHeaders(request.headers);
      const url = String(request.url);
      const text = (): string => (typeof hash === "string" ? hash : toHex(hash));
      const size = typeof hash === "string" ? hash.length : 64;
      // Where the hash is also a header, the head is good for this body only.
      const varies = head?.added["x-amz-content-sha256"] === undefined ? size : text();
      const made = [method, url, scope.serial, varies, ...Object.keys(headers), ...Object.values(headers)];
      if (made.length !== key.length || made.some((value, i) => value !== key[i])) {
        head = requestHead({ method, headers }, targetOf(url), scope, text());
        message = openMessage(absorb(beginning, head.canonical), size);
        key = made;
      }
      return head;
    },
    hashOf: (_, hash) => closeMessage(message, hash),
  };
}
