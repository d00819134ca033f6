import { sha256Later } from "#platform/sha256";
import { canonicalHeaders, readHeaders } from "../../sigv4/canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "../../sigv4/canonical-request.ts";
import { type HexDigestBlocks, hexDigestBlocks } from "../../crypto/machine/hex-digest-blocks.ts";
import { payloadHash } from "../../sigv4/payload-hash.ts";
import { readRequest } from "../../sigv4/read-request.ts";
import { type DaySigner, daySignerOf, MANY } from "../../signer/day-signer.ts";
import type { SigningHead } from "./head-cache.ts";
import type { PreparedRequest, RequestTemplate } from "../../signer/prepared-request.ts";
import type { SignedBy } from "../../sigv4/request.ts";
import { authorizationUpTo } from "../../sigv4/request-head.ts";
import { internalsOf, type Signer } from "../../signer/signer.ts";
import { callable } from "../../errors/check-options.ts";
import { refuseOption } from "../../errors/refuse.ts";
import { update, INITIAL_STATE, type Midstate } from "../../crypto/sha256-digest.ts";
import { type Machine, machine } from "../../crypto/machine/machine.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";

/** What stays the same for a second: everything but the payload hash and what a call adds. */
interface Prepared {
  readonly head: SigningHead;
  /** The canonical request up to the last of the template's headers. */
  readonly taken: Midstate;
  /** The same with the names of the signed headers, waiting for the payload hash. */
  readonly slot: HexDigestBlocks;
  /** The last signed name: what sorts after it is added at the cost of its own blocks. */
  readonly lastName: string;
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
    const { signedHeaders } = head.canonical;
    const names = `\n${signedHeaders}\n`;
    const canonical = canonicalRequest(method, canonicalPath, canonicalQuery, head.canonical, "");
    const taken = update(INITIAL_STATE, canonical.slice(0, -names.length));
    return {
      head,
      taken,
      slot: hexDigestBlocks(update(taken, names)),
      lastName: signedHeaders.slice(signedHeaders.lastIndexOf(";") + 1),
    };
  }

  function signWithin(
    scope: HmacScope,
    hash: string,
    more: Record<string, string> | undefined,
    signed: ((by: SignedBy) => void) | undefined,
  ): Record<string, string> {
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
      const { head, slot, taken, lastName } = current;
      if (more === undefined)
        return finished(fast, signer, scope, head.headers, head.authorization, slot, hash, signed);
      const extra = readHeaders(more);
      const headers = { ...head.headers, ...extra };
      const own = canonicalHeaders(extra, rules.signs);
      const added = own.signedHeaders;
      if (added === "") return finished(fast, signer, scope, headers, head.authorization, slot, hash, signed);
      if ((added.split(";", 1)[0] ?? "") > lastName) {
        const names = `${head.canonical.signedHeaders};${added}`;
        const authorization = authorizationUpTo(scope, names);
        return finished(
          fast,
          signer,
          scope,
          headers,
          authorization,
          hexDigestBlocks(update(taken, `${own.lines}\n${names}\n`)),
          hash,
          signed,
        );
      }
    }
    const request = { method, url: target.url, headers: { ...given, ...(more && readHeaders(more)) }, body: undefined };
    const { headers, accessKeyId, signature } = signWith(scope, request, hash);
    signed?.({ accessKeyId, signature });
    return headers;
  }

  function finished(
    fast: Machine,
    signer: DaySigner,
    scope: HmacScope,
    headers: Readonly<Record<string, string>>,
    authorization: string,
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
