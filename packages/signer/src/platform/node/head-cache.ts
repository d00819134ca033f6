import { isCalm } from "../../crypto/machine/calm.ts";
import { type HexDigestBlocks, hexDigestBlocks } from "../../crypto/machine/hex-digest-blocks.ts";
import { machine } from "../../crypto/machine/machine.ts";
import { INITIAL_STATE, update } from "../../crypto/sha256-digest.ts";
import { readHeaders } from "../../sigv4/canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "../../sigv4/canonical-request.ts";
import type { ReadRequest } from "../../sigv4/read-request.ts";
import type { RequestTarget } from "../../sigv4/request-target.ts";
import type { ServiceRules } from "../../sigv4/service-rules.ts";
import type { SigningKey } from "../../sigv4/signing-key.ts";
import type { HmacScope } from "../../sigv4/signing-scope.ts";
import { daySignerOf, MANY } from "../../signer/day-signer.ts";
import { generations } from "../../signer/generations.ts";
import { areSame, headerRecord } from "../../signer/header-record.ts";
import { type HeaderPlan, headerPlan, isPlanFor } from "../../signer/header-plan.ts";
import { headersOf, laterPart, type SignedPart, signedPart } from "../../signer/signed-part.ts";
import type { SecondScope } from "../../signer/second-scope.ts";
import { targetCache } from "../../signer/target-cache.ts";

/** How many lists of header names a generation keeps planned. */
const MAX_PLANS = 64;
/** How many combinations of a plan and a host a generation of one scope keeps: 2 kB each. */
const MAX_SLOTS = 16;
/** Longer keys are not worth their memory. */
const MAX_KEY_LENGTH = 2048;

/** All of a request and its signature that does not depend on the body. */
export interface SigningHead {
  readonly target: RequestTarget;
  readonly method: string;
  /** The signature for a payload hash. @param scope the one that the head was made for. */
  readonly sign: (payloadHash: string, scope: HmacScope) => string;
  /** The same head in another second, where the payload hash is not sent. */
  readonly at: (timestamp: string) => SigningHead;
  /** The headers to send. @param extra more of them, which replace others of the same name. */
  readonly headersWith: (signature: string, extra?: Readonly<Record<string, string>>) => Record<string, string>;
}

/** Keeps the parts of a request that stay the same from one request to the next. */
export interface HeadCache {
  /** The URL in the form that clients send, taken apart. */
  readonly targetOf: (url: string) => RequestTarget;
  readonly headOf: (request: ReadRequest, scope: HmacScope, hash: string) => SigningHead;
}

/** Keeps the last part for a key, a plan and a host. */
interface Slot {
  readonly key: SigningKey;
  readonly plan: HeaderPlan;
  readonly host: string;
  part: SignedPart | undefined;
}

type PlanCache = (
  key: string,
  names: readonly string[],
  hasToken: boolean,
  mustSendHash: boolean,
) => HeaderPlan | undefined;

function createPlanCache(rules: ServiceRules): PlanCache {
  return generations(MAX_PLANS, (_key, names, hasToken, mustSendHash) =>
    headerPlan(names, hasToken, mustSendHash, rules),
  );
}

const sharedPlans = new Map<string, PlanCache>();

/** Signers with the same rule share their plans, which hold names and no values: a thousand signers need the memory once. */
function planCacheFor(rules: ServiceRules): PlanCache {
  const { sessionToken, signedHeaders } = rules;
  if (typeof signedHeaders !== "string") return createPlanCache(rules);
  const key = `${sessionToken} ${signedHeaders}`;
  const cache = sharedPlans.get(key) ?? createPlanCache(rules);
  sharedPlans.set(key, cache);
  return cache;
}

/**
 * Keeps URLs taken apart, and what becomes of headers. The latter depends on the scope, the host, and the names and values
 * of the headers: all of these are compared before a part is used again.
 *
 * Parts hold session tokens: they go with the signing key, which goes with its credentials.
 */
export function headCache(rules: ServiceRules): HeadCache {
  const targetOf = targetCache(rules);
  const cachedPlan = planCacheFor(rules);
  const slotsOf = new WeakMap<SigningKey, (text: string, plan: HeaderPlan, host: string) => Slot>();
  let givenMethod: string | undefined;
  let sentMethod: string | undefined;
  let lastPlan: HeaderPlan | undefined;
  let lastSlot: Slot | undefined;
  let lastHead: Head | undefined;

  function methodOf(given: string | undefined): string {
    if (sentMethod === undefined || givenMethod !== given) {
      sentMethod = canonicalMethod(given);
      givenMethod = given;
    }
    return sentMethod;
  }

  /** @returns nothing where the names cannot be planned. */
  function planOf(names: readonly string[], hasToken: boolean, mustSendHash: boolean): HeaderPlan | undefined {
    if (isPlanFor(lastPlan, names, hasToken, mustSendHash)) return lastPlan;
    const key = `${hasToken} ${mustSendHash} ${names.join()}`;
    const plan = key.length > MAX_KEY_LENGTH ? undefined : cachedPlan(key, names, hasToken, mustSendHash);
    // Invalid names can contain commas, so that two lists of names have the same key.
    lastPlan = isPlanFor(plan, names, hasToken, mustSendHash) ? plan : headerPlan(names, hasToken, mustSendHash, rules);
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
    if (slot === undefined || slot.key !== key || slot.plan !== plan || slot.host !== host) {
      lastSlot = slot = slotOf(key, plan, host);
    }
    let { part } = slot;
    if (part === undefined || part.accessKeyId !== accessKeyId || part.sessionToken !== sessionToken) part = undefined;
    else if (!plan.sendsHash && areSame(part.values, values)) {
      if (part.timestamp !== timestamp) return (slot.part = laterPart(part, timestamp));
      // The part is used again: reading a character makes V8 join its pieces once, instead of at every hash.
      part.lines.charCodeAt(0);
      return part;
    }
    return (slot.part = signedPart(scope, plan, host, values, hash, part));
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
      const record = headerRecord(request.headers);
      let names = Object.keys(record);
      // Each value is read once: a getter may answer otherwise the second time.
      let values: string[] = [];
      let areTexts = true;
      for (const name of names) {
        const value = record[name] as string;
        if (typeof value !== "string") areTexts = false;
        values.push(value);
      }
      let plan = areTexts ? planOf(names, hasToken, sendsHash) : undefined;
      if (plan === undefined) {
        const headers = readHeaders(names.map((name, at) => [name, values[at]!] as const));
        names = Object.keys(headers);
        values = Object.values(headers);
        plan = planOf(names, hasToken, sendsHash)!;
      }
      const part = partOf(scope, plan, target.host, values, hash);
      if (
        lastHead === undefined ||
        lastHead.target !== target ||
        lastHead.method !== method ||
        lastHead.part !== part
      ) {
        lastHead = new Head(target, method, part);
      }
      return lastHead;
    },
  };
}

/** A head that was used a few times keeps the state of SHA-256 before the payload hash: see `prepare`. */
class Head implements SigningHead {
  readonly target: RequestTarget;
  readonly method: string;
  readonly part: SignedPart;
  private readonly authorization: string;
  private headers: Readonly<Record<string, string>> | undefined = undefined;
  private count = 0;
  private blocks: HexDigestBlocks | undefined = undefined;

  constructor(target: RequestTarget, method: string, part: SignedPart) {
    this.target = target;
    this.method = method;
    this.part = part;
    this.authorization = part.authorization;
  }

  sign(payloadHash: string, scope: HmacScope): string {
    const { day = daySignerOf(scope.key) } = scope as Partial<SecondScope>;
    const calm = isCalm(scope.signedAt);
    if (calm || this.count < MANY) this.count++;
    else if (payloadHash.length === 64) {
      const fast = machine();
      if (fast !== undefined) {
        this.blocks ??= hexDigestBlocks(update(INITIAL_STATE, this.canonical("")));
        return day.signBlocks(scope.timestamp, fast, this.blocks, payloadHash);
      }
    }
    return day.signText(scope.timestamp, this.canonical(payloadHash), calm);
  }

  headersWith(signature: string, extra?: Readonly<Record<string, string>>): Record<string, string> {
    const authorization = this.authorization + signature;
    const { headers } = this;
    if (headers !== undefined && extra === undefined) return { ...headers, authorization };
    // A head that is used again. Node 20 is quick to copy an object, and slow to add to the copy.
    if (this.count > 1) this.headers ??= headersOf(this.part, "");
    return headersOf(this.part, authorization, extra);
  }

  at(timestamp: string): SigningHead {
    return new Head(this.target, this.method, laterPart(this.part, timestamp));
  }

  private canonical(payloadHash: string): string {
    const { canonicalPath, canonicalQuery } = this.target;
    return canonicalRequest(this.method, canonicalPath, canonicalQuery, this.part, payloadHash);
  }
}
