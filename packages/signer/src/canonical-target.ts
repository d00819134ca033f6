import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { type RequestTarget, requestTarget } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";

/** A URL with the lines of the canonical request that follow from it. */
export interface CanonicalTarget extends RequestTarget {
  readonly canonicalPath: string;
  readonly canonicalQuery: string;
}

/**
 * Takes a URL apart and makes its path and query canonical.
 *
 * @throws SignerError `INVALID_URL`.
 */
export function canonicalTarget(url: string | URL, rules: ServiceRules): CanonicalTarget {
  const target = requestTarget(url);
  return {
    ...target,
    canonicalPath: canonicalPath(target.path, rules),
    canonicalQuery: canonicalQuery(target.query),
  };
}
