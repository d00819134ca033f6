import { sha256Later } from "#platform/sha256";
import { readHeaders } from "../../sigv4/canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "../../sigv4/canonical-request.ts";
import { type HexDigestBlocks, hexDigestBlocks } from "../../crypto/machine/hex-digest-blocks.ts";
import { payloadHash } from "../../sigv4/payload-hash.ts";
import { readRequest } from "../../sigv4/read-request.ts";
import { type DaySigner, daySignerOf, MANY } from "../../signer/day-signer.ts";
import type { SigningHead } from "./head-cache.ts";
import type { PreparedRequest, RequestTemplate } from "../../signer/prepared-request.ts";
import type { SignedBy } from "../../sigv4/request.ts";
import { internalsOf, type Signer } from "../../signer/signer.ts";
import { callable } from "../../errors/check-options.ts";
import { refuseOption } from "../../errors/refuse.ts";
import { update, INITIAL_STATE } from "../../crypto/sha256-digest.ts";
import { type Machine, machine } from "../../crypto/machine/machine.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";

/** What stays the same for a second: everything but the payload hash and what a call adds. */
interface Prepared {
  readonly head: SigningHead;
  /** The canonical request, waiting for the payload hash. */
  readonly slot: HexDigestBlocks;
}

/** What a scope is told from others by, without holding its key. */
interface Seen extends Pick<HmacScope, "accessKeyId" | "sessionToken" | "timestamp"> {
  readonly serial: number;
}

/** Stands for a hash that is not known yet. */
const NO_HASH = "0".repeat(64);

/**
 * Within a second all of the canonical request before the payload hash stays the same. Its SHA-256 is kept at that
 * point, so that a call costs the hash of its body and five or six blocks.
 */
export function prepare(signer: Signer, options: RequestTemplate): PreparedRequest {
  const template = readRequest(options);
  const { cachedCredentials, headCache, report, rules, signingScopeAt, signWith } = internalsOf(signer);
  const { payload = "hash" } = template;
  payloadHash("", payload);
  const target = headCache.targetOf(template.url);
  const given = readHeaders(template.headers);
  const method = canonicalMethod(template.method);
  // Where the hash is also a header, it is not at the end of what changes.
  const splits = payload === "hash" && rules.payloadHeader === "never" && !Object.hasOwn(given, "x-amz-content-sha256");
  let seen: Seen | undefined;
  let count = 0;
  let current: Prepared | undefined;

  function prepareFor(scope: HmacScope): Prepared {
    const head = headCache.headOf({ method, url: target.url, headers: given }, scope, NO_HASH);
    const { canonicalPath, canonicalQuery } = target;
    const canonical = canonicalRequest(method, canonicalPath, canonicalQuery, head.canonical, "");
    return { head, slot: hexDigestBlocks(update(INITIAL_STATE, canonical)) };
  }

  function signWithin(
    scope: HmacScope,
    hash: string,
    more: Record<string, string> | undefined,
    signed: ((by: SignedBy) => void) | undefined,
  ): Record<string, string> {
    const extra = more === undefined ? undefined : readHeaders(more);
    const signer = daySignerOf(scope.key);
    if (!isFor(seen, signer, scope)) {
      const { accessKeyId, sessionToken, timestamp } = scope;
      seen = { serial: signer.serial, accessKeyId, sessionToken, timestamp };
      count = 0;
      current = undefined;
    }
    const fast = splits && ++count > MANY ? machine() : undefined;
    if (fast !== undefined) {
      current ??= prepareFor(scope);
      const { head, slot } = current;
      if (extra === undefined) return finished(fast, signer, scope, head, head.headers, slot, hash, signed);
      // What is signed besides the template is not laid out.
      if (!Object.keys(extra).some((name) => rules.signs(name))) {
        return finished(fast, signer, scope, head, { ...head.headers, ...extra }, slot, hash, signed);
      }
    }
    const request = {
      method,
      url: target.url,
      headers: extra === undefined ? given : { ...given, ...extra },
      body: undefined,
    };
    const { headers, accessKeyId, signature } = signWith(scope, request, hash);
    signed?.({ accessKeyId, signature });
    return headers;
  }

  function finished(
    fast: Machine,
    signer: DaySigner,
    scope: HmacScope,
    { authorization }: SigningHead,
    headers: Readonly<Record<string, string>>,
    slot: HexDigestBlocks,
    hash: string,
    signed: ((by: SignedBy) => void) | undefined,
  ): Record<string, string> {
    const { accessKeyId, timestamp } = scope;
    const signature = signer.signBlocks(timestamp, fast, slot, hash);
    report(accessKeyId, target.host, false);
    signed?.({ accessKeyId, signature });
    return { ...headers, authorization: authorization + signature };
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
      return signWithin(signingScopeAt(cachedCredentials()), payloadHash(body, payload), more, signed);
    },
  };
}

function isFor(seen: Seen | undefined, signer: DaySigner, scope: HmacScope): boolean {
  return (
    seen !== undefined &&
    seen.serial === signer.serial &&
    seen.timestamp === scope.timestamp &&
    seen.accessKeyId === scope.accessKeyId &&
    seen.sessionToken === scope.sessionToken
  );
}
