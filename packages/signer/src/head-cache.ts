import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import type { SignableRequest } from "./request.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";
import type { HmacScope } from "./signing-scope.ts";

/** Where what stays the same from one request to the next may be kept. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string | URL) => RequestTarget;
  readonly headOf: (request: SignableRequest, scope: HmacScope, hash: string) => RequestHead;
}

/** The compact form: keeps the last of each. A page mostly sends the same request with other bodies. */
export function headCache(rules: ServiceRules): HeadCache {
  let url = "";
  let target: RequestTarget;
  let key = "";
  let head: RequestHead;

  function targetOf(given: string | URL): RequestTarget {
    const text = String(given);
    if (text !== url) target = requestTarget(wireUrl(text, rules), rules);
    url = text;
    return target;
  }

  return {
    targetOf,
    headOf(request, scope, hash) {
      const parts = [canonicalMethod(request.method), String(request.url), readHeaders(request.headers)];
      const made = JSON.stringify([...parts, scope.serial, hash.length]);
      if (made !== key) {
        head = requestHead(request, targetOf(request.url), scope, hash);
        // Where the hash is also a header, the head is good for this body only.
        key = head.added["x-amz-content-sha256"] === undefined ? made : "";
        // Reading a character joins the string's pieces for good, which every hash would do anew for itself.
        head.canonical.charCodeAt(0);
      }
      return head;
    },
  };
}
