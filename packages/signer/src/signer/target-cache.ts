import { type RequestTarget, requestTarget, wireUrl } from "../sigv4/request-target.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import { generations } from "./generations.ts";

/** How many URLs a generation keeps taken apart: 250 bytes each. */
const MAX_TARGETS = 512;
/** How many origins a generation keeps. */
const MAX_ORIGINS = 16;
/** A longer URL is taken apart each time. */
const MAX_URL_LENGTH = 2048;

/** Segments that neither the URL standard nor Signature Version 4 changes: unreserved characters, no dot in front. */
const plainPath = /^(?:[\w~-][\w.~-]*\/)*[\w~-][\w.~-]*$/;

/** Keeps URLs taken apart, each in the form that clients send. */
export function targetCache(rules: ServiceRules): (url: string) => RequestTarget {
  const targetOf = generations(MAX_TARGETS, takeApart);
  // The host of an origin, if the URL parser writes that origin as it is here, with the slash that ends it.
  const hostOf = generations(MAX_ORIGINS, (origin: string, target?: RequestTarget): string | undefined =>
    target?.url.startsWith(origin) === true && origin.endsWith(`//${target.host}/`) ? target.host : undefined,
  );

  function takeApart(url: string): RequestTarget {
    const slash = url.indexOf("/", "https://".length);
    const origin = url.slice(0, slash + 1);
    const host = hostOf(origin);
    if (host !== undefined && plainPath.test(url.slice(slash + 1))) {
      return { url, base: url, query: "", host, canonicalPath: url.slice(slash), canonicalQuery: "" };
    }
    const target = requestTarget(wireUrl(url, rules), rules);
    hostOf(origin, target);
    return target;
  }

  // What is not text is refused by `wireUrl`.
  return (url) => {
    if (typeof url !== "string") return requestTarget(wireUrl(url, rules), rules);
    return url.length > MAX_URL_LENGTH ? takeApart(url) : targetOf(url);
  };
}
