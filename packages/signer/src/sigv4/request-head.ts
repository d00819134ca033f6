import { own } from "../errors/own.ts";
import { hasSigv4a } from "#platform/sigv4a";
import { canonicalHeaders, readHeaders } from "./canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "./canonical-request.ts";
import type { SignableRequest } from "./request.ts";
import type { RequestTarget } from "./request-target.ts";
import type { SigningScope } from "./signing-scope.ts";

/** The part of a scope that a head needs: everything except the calculation. */
export type HeadScope = Omit<SigningScope, "sign" | "tokenParameter">;

/** The part of a request and its signature that does not depend on the body. */
export interface RequestHead {
  readonly target: RequestTarget;
  readonly method: string;
  /** The headers to send, with room for the authorization: Node 20 is slow to copy an object and add to the copy. */
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that signing adds, without the authorization. */
  readonly added: Readonly<Record<string, string>>;
  readonly signedHeaders: string;
  /** The canonical request up to the payload hash. */
  readonly canonical: string;
  /** The Authorization header up to the signature. */
  readonly authorization: string;
}

/**
 * Makes the head of a request.
 *
 * @param hash the payload hash. It is sent in `x-amz-content-sha256` where the service needs it, where the caller wants
 * it, and where it is a word that the service could not know otherwise.
 */
export function requestHead(
  request: Pick<SignableRequest, "method" | "headers">,
  target: RequestTarget,
  scope: HeadScope,
  hash: string,
): RequestHead {
  const { rules, sessionToken } = scope;
  const method = canonicalMethod(request.method);
  const given = readHeaders(request.headers);
  const added: Record<string, string> = { "x-amz-date": scope.timestamp };
  if (rules.payloadHeader === "always" || hash.length !== 64 || Object.hasOwn(given, "x-amz-content-sha256")) {
    added["x-amz-content-sha256"] = hash;
  }
  if (hasSigv4a && own(scope, "regionSet") !== undefined) added["x-amz-region-set"] = scope.regionSet as string;
  const covered = { host: target.host, ...given, ...added };
  const token = sessionToken ? { "x-amz-security-token": sessionToken } : undefined;
  const headers = canonicalHeaders({ ...covered, ...(rules.sessionToken === "signed" && token) }, rules.signs);
  const { signedHeaders } = headers;
  return {
    target,
    method,
    headers: { ...given, ...added, ...token, authorization: "" },
    added: { ...added, ...token },
    signedHeaders,
    canonical: canonicalRequest(method, target.canonicalPath, target.canonicalQuery, headers, ""),
    authorization: authorizationUpTo(scope.algorithm, scope.accessKeyId, scope.credentialScope, signedHeaders),
  };
}

/** The Authorization header up to the signature, which must stay last: event streams read their seed from there. */
export function authorizationUpTo(
  algorithm: string,
  accessKeyId: string,
  credentialScope: string,
  signedHeaders: string,
): string {
  return `${algorithm} Credential=${accessKeyId}/${credentialScope}, SignedHeaders=${signedHeaders}, Signature=`;
}
