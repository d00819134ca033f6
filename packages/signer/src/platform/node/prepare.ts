import { sha256, sha256Later } from "#platform/sha256";
import { readHeaders } from "../../sigv4/canonical-headers.ts";
import { canonicalMethod } from "../../sigv4/canonical-request.ts";
import { payloadHash } from "../../sigv4/payload-hash.ts";
import { readRequest } from "../../sigv4/read-request.ts";
import type { SigningHead } from "./head-cache.ts";
import { extraHeaders } from "../../signer/extra-headers.ts";
import type { PreparedRequest, RequestTemplate } from "../../signer/prepared-request.ts";
import type { SignedBy } from "../../sigv4/request.ts";
import { internalsOf, type Signer } from "../../signer/signer.ts";
import type { SecondScope } from "../../signer/second-scope.ts";
import { callable } from "../../errors/check-options.ts";
import { refuseOption } from "../../errors/refuse.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";

/** The head for a scope. */
interface Prepared {
  /** The serial of the scope. The scope itself would hold the key of credentials that may be gone. */
  readonly serial: number;
  readonly timestamp: string;
  readonly head: SigningHead;
}

/** Stands in for the payload hash while the head is made. */
const NO_HASH = "0".repeat(64);

/**
 * Within a second all of the canonical request before the payload hash stays the same: its head is kept, and with it the
 * state of SHA-256 at that point, so that a call costs the hash of its body and five or six blocks.
 */
export function prepare(signer: Signer, options: RequestTemplate): PreparedRequest {
  const template = readRequest(options);
  const { cachedCredentials, headCache, report, rules, signingScopeAt, signWith } = internalsOf(signer);
  const { payload = "hash" } = template;
  payloadHash("", payload);
  const target = headCache.targetOf(template.url);
  const given = readHeaders(template.headers);
  const method = canonicalMethod(template.method);
  // If the hash is also a header, it occurs before the last line too, and the head is not constant.
  const splits = payload === "hash" && rules.payloadHeader === "never" && !Object.hasOwn(given, "x-amz-content-sha256");
  const extraOf = extraHeaders(rules);
  let current: Prepared | undefined;

  function headFor(scope: HmacScope): SigningHead {
    const { serial, timestamp } = scope as SecondScope;
    if (current?.serial === serial) {
      if (current.timestamp === timestamp) return current.head;
      return (current = { serial, timestamp, head: current.head.at(timestamp) }).head;
    }
    const head = headCache.headOf({ method, url: target.url, headers: given }, scope, NO_HASH);
    current = { serial, timestamp, head };
    return head;
  }

  function signWithin(
    scope: HmacScope,
    hash: string,
    more: Record<string, string> | undefined,
    signed: ((by: SignedBy) => void) | undefined,
  ): Record<string, string> {
    const extra = more === undefined ? undefined : extraOf(more);
    // The kept head lacks the signed headers of this call, so the call is signed in full.
    if (!splits || extra?.isSigned === true) {
      const request = { method, url: target.url, headers: extra === undefined ? given : merged(given, extra.headers) };
      const { headers, accessKeyId, signature } = signWith(scope, request, hash);
      signed?.({ accessKeyId, signature });
      return headers;
    }
    const head = headFor(scope);
    const { accessKeyId } = scope;
    const signature = head.sign(hash, scope);
    report(accessKeyId, target.host, false);
    signed?.({ accessKeyId, signature });
    return head.headersWith(signature, extra?.headers);
  }

  return {
    method,
    url: target.url,
    async sign(body, more, signed) {
      if (signed !== undefined) callable(signed, "signed", refuseOption);
      const credentials = await signer.credentials();
      const hash = await payloadHash(body, payload, sha256Later);
      return signWithin(signingScopeAt(credentials), hash, more, signed);
    },
    signSync(body, more, signed) {
      if (signed !== undefined) callable(signed, "signed", refuseOption);
      return signWithin(signingScopeAt(cachedCredentials()), payloadHash(body, payload, sha256), more, signed);
    },
  };
}

/** Two records in one. Node 20 is slow to copy an object and add to the copy. */
function merged(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const name of Object.keys(first)) all[name] = first[name]!;
  for (const name of Object.keys(second)) all[name] = second[name]!;
  return all;
}
