import type { QueryParameterBag } from "@smithy/types";

/** The headers that stay headers, and the query parameters that the others become. */
export interface Hoisted {
  readonly headers: Record<string, string>;
  readonly hoisted: QueryParameterBag;
}

/** Moves `x-amz-*` headers into the query, as the SDK's signer does: a browser that opens the URL does not send them. */
export function toHoist(given: Readonly<Record<string, string>>): Hoisted {
  const headers: Record<string, string> = {};
  const hoisted: QueryParameterBag = {};
  for (const [name, value] of Object.entries(given)) {
    if (/^x-amz-/iu.test(name)) hoisted[name] = value;
    else headers[name] = value;
  }
  return { headers, hoisted };
}

/** The query of a URL in the form of the SDK. */
export function presignedQuery(url: string): QueryParameterBag {
  const query: QueryParameterBag = {};
  for (const pair of url.slice(url.indexOf("?") + 1).split("&")) {
    const at = pair.indexOf("=");
    const name = decodeURIComponent(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : decodeURIComponent(pair.slice(at + 1));
    const cached = Object.hasOwn(query, name) ? query[name] : undefined;
    query[name] = cached === undefined || cached === null ? value : [cached, value].flat();
  }
  return query;
}
