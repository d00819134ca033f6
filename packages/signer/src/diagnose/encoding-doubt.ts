import { expectedRequest, pathReading } from "../verify/expected-request.ts";
import type { RequestParts } from "../verify/received-request.ts";
import type { Finding } from "./finding.ts";

const UNCERTAIN =
  "every stage agrees as the service computes it, but this request may have been signed another way: " +
  "give the canonical request that the client signed to be sure. Signed this way, the secret is wrong";

/**
 * Finds how a client may have signed a request other than its service reads it. Of a signed request alone the canonical
 * request is computed by the service's rules, so it agrees with the service whatever the client did. The first part that
 * clients do in different ways is named: path encoding, path normalisation, order and encoding of the query.
 *
 * @returns `undefined` for a request that every client signs the same way.
 */
export function findDoubt(parts: RequestParts, service: string): Finding | undefined {
  const rules = pathReading(service);
  const pathBy = (change: Partial<typeof rules>): string =>
    expectedRequest({ ...parts, query: "" }, { signedHeaders: [] }, "", { ...rules, ...change }, new Set());
  const isDouble = rules.pathEncoding === "double";
  if (pathBy({ pathEncoding: isDouble ? "single" : "double" }) !== pathBy({})) {
    return {
      cause: isDouble ? "path-encoded-once" : "path-encoded-twice",
      detail: `the path has characters that some clients encode ${isDouble ? "once and this service twice" : "twice and this service once"}; ${UNCERTAIN}`,
    };
  }
  if (pathBy({ pathNormalization: rules.pathNormalization === "none" ? "rfc3986" : "none" }) !== pathBy({})) {
    return { cause: "path-changed", detail: `the path has dot segments or empty segments; ${UNCERTAIN}` };
  }
  // Names of signing parameters need no encoding, and every client writes them in an order of its own.
  const pairs = parts.query.split("&").filter((pair) => pair !== "" && !/^x-amz-/i.test(pair));
  if (pairs.some((pair) => !isEncoded(pair))) {
    return {
      cause: "query-encoding",
      detail: `the query has characters that clients encode differently; ${UNCERTAIN}`,
    };
  }
  if (pairs.join("&") !== pairs.toSorted().join("&")) {
    return { cause: "query-order", detail: `the query is not sorted; ${UNCERTAIN}` };
  }
  return undefined;
}

/** Whether a parameter is written as Signature Version 4 signs it, and has no space, which clients sign as `+` or `%20`. */
function isEncoded(pair: string): boolean {
  return /^(?:[\w.~-]|%[\dA-F]{2})*=(?:[\w.~-]|%[\dA-F]{2})*$/.test(pair) && !/%20/.test(pair);
}
