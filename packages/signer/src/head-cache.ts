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

/** The smallest form, for pages that sign now and then: nothing is kept. */
export function headCache(rules: ServiceRules): HeadCache {
  const targetOf = (url: string | URL): RequestTarget => requestTarget(wireUrl(String(url), rules), rules);
  return { targetOf, headOf: (request, scope, hash) => requestHead(request, targetOf(request.url), scope, hash) };
}
