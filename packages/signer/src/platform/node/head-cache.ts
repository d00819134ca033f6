import { sha256Hex } from "#platform/sha256";
import { type CanonicalHeaders, readHeaders } from "../../sigv4/canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "../../sigv4/canonical-request.ts";
import type { ReadRequest } from "../../sigv4/read-request.ts";
import type { HeadersInput } from "../../sigv4/request.ts";
import type { RequestTarget } from "../../sigv4/request-target.ts";
import type { ServiceRules } from "../../sigv4/service-rules.ts";
import type { SigningKey } from "../../sigv4/signing-key.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";
import { generations } from "../../signer/generations.ts";
import { type HeaderPlan, headerPlan, isPlanFor } from "../../signer/header-plan.ts";
import { partLater, type SignedPart, signedPart } from "../../signer/signed-part.ts";
import { targetCache } from "../../signer/target-cache.ts";

/** How many lists of header names a generation keeps planned. */
const MAX_PLANS = 16;
/** How many combinations of a plan and a host a generation of one scope keeps: 2 kB each. */
const MAX_SLOTS = 16;
/** Longer keys are not worth their memory. */
const MAX_KEY_LENGTH = 2048;

/** All of a request and its signature that does not depend on the body. */
export interface SigningHead {
  readonly target: RequestTarget;
  readonly method: string;
  /** Where the following are from. */
  readonly part: SignedPart;
  /** The headers to send, with room for the authorization. */
  readonly headers: Readonly<Record<string, string>>;
  readonly canonical: CanonicalHeaders;
  /** The Authorization header up to the signature. */
  readonly authorization: string;
  /** The hash of the canonical request with a payload hash. */
  readonly hashOf: (payloadHash: string) => string;
}

/** Where what stays the same from one request to the next is kept. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string) => RequestTarget;
  readonly headOf: (request: ReadRequest, scope: HmacScope, hash: string) => SigningHead;
}

/** Where the last part for a key, a plan and a host is kept. */
interface Slot {
  readonly key: SigningKey;
  readonly plan: HeaderPlan;
  readonly host: string;
  part: SignedPart | undefined;
}

/**
 * Keeps URLs taken apart, and what becomes of headers. The latter depends on the scope, the host, and the names and values
 * of the headers: all of these are compared before a part is used again.
 *
 * Parts hold session tokens: they go with the signing key, which goes with its credentials.
 */
export function headCache(rules: ServiceRules): HeadCache {
  const targetOf = targetCache(rules);
  const cachedPlan = generations(
    MAX_PLANS,
    (_key: string, names: readonly string[], hasToken: boolean, mustSendHash: boolean): HeaderPlan | undefined =>
      headerPlan(names, hasToken, mustSendHash, rules),
  );
  const slotsOf = new WeakMap<SigningKey, (text: string, plan: HeaderPlan, host: string) => Slot>();
  let lastMethod: { readonly given: string | undefined; readonly sent: string } | undefined;
  let lastPlan: HeaderPlan | undefined;
  let lastSlot: Slot | undefined;
  let lastHead: SigningHead | undefined;

  function methodOf(given: string | undefined): string {
    if (lastMethod === undefined || lastMethod.given !== given) lastMethod = { given, sent: canonicalMethod(given) };
    return lastMethod.sent;
  }

  /** @returns nothing where the names cannot be planned. */
  function planOf(names: readonly string[], hasToken: boolean, mustSendHash: boolean): HeaderPlan | undefined {
    const isRight = (plan: HeaderPlan | undefined): boolean =>
      plan !== undefined && isPlanFor(plan, names, hasToken, mustSendHash);
    if (isRight(lastPlan)) return lastPlan;
    const key = `${hasToken} ${mustSendHash} ${names.join()}`;
    const plan = key.length > MAX_KEY_LENGTH ? undefined : cachedPlan(key, names, hasToken, mustSendHash);
    // Invalid names can have commas: their key may be that of other names.
    lastPlan = isRight(plan) ? plan : headerPlan(names, hasToken, mustSendHash, rules);
    return lastPlan;
  }

  function partOf(
    scope: HmacScope,
    plan: HeaderPlan,
    host: string,
    values: readonly string[],
    hash: string,
  ): SignedPart {
    const { accessKeyId, key, sessionToken, timestamp } = scope;
    let slot = lastSlot;
    if (slot?.key !== key || slot.plan !== plan || slot.host !== host) lastSlot = slot = slotOf(key, plan, host);
    let { part } = slot;
    if (part?.made.accessKeyId !== accessKeyId || part.made.sessionToken !== sessionToken) part = undefined;
    if (part === undefined || plan.sendsHash || !areSame(part.values, values)) {
      return (slot.part = signedPart(scope, plan, host, values, hash, part));
    }
    if (part.made.timestamp !== timestamp) return (slot.part = partLater(part, timestamp));
    joined(part.canonical.lines);
    return part;
  }

  function slotOf(key: SigningKey, plan: HeaderPlan, host: string): Slot {
    let slotFor = slotsOf.get(key);
    if (slotFor === undefined) {
      slotFor = generations(MAX_SLOTS, (_text, plan, host): Slot => ({ key, plan, host, part: undefined }));
      slotsOf.set(key, slotFor);
    }
    return slotFor(`${plan.serial} ${host}`, plan, host);
  }

  return {
    targetOf,
    headOf(request, scope, hash) {
      const target = targetOf(request.url);
      const method = methodOf(request.method);
      const hasToken = Boolean(scope.sessionToken);
      const sendsHash = rules.payloadHeader === "always" || hash.length !== 64;
      let { names, values } = readOnce(request.headers);
      let plan = values.every(isText) ? planOf(names, hasToken, sendsHash) : undefined;
      if (plan === undefined) {
        const headers = readHeaders(names.map((name, at) => [name, values[at]!] as const));
        names = Object.keys(headers);
        values = Object.values(headers);
        plan = planOf(names, hasToken, sendsHash)!;
      }
      const part = partOf(scope, plan, target.host, values, hash);
      if (lastHead?.target !== target || lastHead.method !== method || lastHead.part !== part) {
        lastHead = headFrom(target, method, part);
      }
      return lastHead;
    },
  };
}

function headFrom(target: RequestTarget, method: string, part: SignedPart): SigningHead {
  const { canonicalPath, canonicalQuery } = target;
  const { headers, canonical, authorization } = part;
  const upTo = (hash: string): string => canonicalRequest(method, canonicalPath, canonicalQuery, canonical, hash);
  let isFirst = true;
  let upToHash: string | undefined;
  return {
    target,
    method,
    part,
    headers,
    canonical,
    authorization,
    hashOf(payloadHash) {
      if (isFirst) {
        isFirst = false;
        return sha256Hex(upTo(payloadHash));
      }
      upToHash ??= joined(upTo(""));
      return sha256Hex(upToHash + payloadHash);
    },
  };
}

/** A text that is used again: reading a character joins its pieces for good, which every hash would do anew for itself. */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** Names and values of headers, each value read once: a getter may answer otherwise the second time. */
function readOnce(headers: HeadersInput = {}): {
  readonly names: readonly string[];
  readonly values: readonly string[];
} {
  const isRecord = Object.getPrototypeOf(headers ?? "") === Object.prototype && !(Symbol.iterator in headers);
  const record = isRecord ? (headers as Readonly<Record<string, string>>) : readHeaders(headers);
  const names = Object.keys(record);
  return { names, values: names.map((name) => record[name]!) };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function areSame(before: readonly string[], now: readonly string[]): boolean {
  for (let at = 0; at < now.length; at++) if (before[at] !== now[at]) return false;
  return true;
}
