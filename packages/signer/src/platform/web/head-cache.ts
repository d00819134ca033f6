import { canonicalSigner } from "../../crypto/canonical-signer.ts";
import type { HmacSigner } from "./hmac-signer.ts";
import { type Hash, toHex } from "./sha256.ts";
import type { ReadRequest } from "../../sigv4/read-request.ts";
import type { HeadersInput } from "../../sigv4/request.ts";
import { type RequestHead, requestHead } from "../../sigv4/request-head.ts";
import { type RequestTarget, requestTarget, wireUrl } from "../../sigv4/request-target.ts";
import type { ServiceRules } from "../../sigv4/service-rules.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";
import { generations } from "../../signer/generations.ts";

/** Keeps the parts of a request that stay the same from one request to the next. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string) => RequestTarget;
  readonly headOf: (request: ReadRequest, scope: HmacScope, hash: Hash) => SigningHead;
}

/** The head of a request, and its signature for a payload hash. */
export interface SigningHead extends RequestHead {
  readonly sign: (payloadHash: Hash) => string;
  /** The headers to send. */
  readonly headersWith: (signature: string) => Record<string, string>;
}

/** How many URLs a generation keeps taken apart. */
const MAX_TARGETS = 64;

/** Names and values of headers. */
type Pairs = readonly (readonly [name: string, value: unknown])[];

/** A URL taken apart, with the last head that was made for it and what that was made from. */
interface Kept {
  readonly target: RequestTarget;
  head?: SigningHead;
  scope?: HmacScope;
  method?: string;
  pairs?: Pairs;
}

/**
 * Requests to one URL mostly have the same headers. While a second lasts, all but their payload hash and signature is
 * then the same, too.
 */
export function headCache(rules: ServiceRules): HeadCache {
  const entryOf = generations(MAX_TARGETS, (url: string): Kept => ({
    target: requestTarget(wireUrl(url, rules), rules),
  }));

  return {
    targetOf: (url) => entryOf(url).target,
    headOf(request, scope, hash) {
      const { method = "GET", headers = {}, url } = request;
      const entry = entryOf(url);
      // Read once: a getter may answer otherwise the second time.
      const pairs: Pairs | undefined = isPlain(headers) ? Object.entries(headers) : undefined;
      // A word that stands in the place of a hash is sent as a header, too.
      const isWord = typeof hash === "string" && hash.length !== 64;
      if (entry.scope === scope && entry.method === method && !isWord && pairs && isSame(entry.pairs!, pairs)) {
        return entry.head!;
      }
      const made = requestHead(
        { method, headers: (pairs as HeadersInput | undefined) ?? headers },
        entry.target,
        scope,
        typeof hash === "string" ? hash : toHex(hash),
      );
      const head = {
        ...made,
        sign: canonicalSigner(made.canonical, scope.sign as HmacSigner),
        headersWith: (signature: string) => ({ ...made.headers, authorization: made.authorization + signature }),
      };
      // A list may be changed in place, so it is never taken for the same. If the hash is also a header, the head fits
      // this body only.
      if (pairs?.every(([, value]) => typeof value === "string") && !made.added["x-amz-content-sha256"]) {
        Object.assign(entry, { head, scope, method, pairs });
      }
      return head;
    },
  };
}

/** Whether headers are a plain object: its values can be compared with those that were read before. */
function isPlain(headers: HeadersInput): boolean {
  return Object.getPrototypeOf(headers ?? "") === Object.prototype && !(Symbol.iterator in headers);
}

/** Whether headers are those that were kept. Their order counts: the values of names that differ only in case are joined. */
function isSame(kept: Pairs, given: Pairs): boolean {
  return (
    kept.length === given.length && kept.every(([name, value], at) => name === given[at]![0] && value === given[at]![1])
  );
}
