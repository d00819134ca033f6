import { words } from "#words";
import { type Hash, sha256, sha256Later } from "#platform/sha256";
import type { Clock } from "../clock/clock.ts";
import { createClock } from "../clock/create-clock.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import type { AwsCredentials, Credentials } from "../credentials/credentials.ts";
import { createEmitter } from "../events/emit.ts";
import { refuse } from "../errors/refuse.ts";
import type { EventListener } from "../events/event.ts";
import { headCache } from "./head-cache.ts";
import { memoize } from "../credentials/memoize.ts";
import { payloadHash } from "../sigv4/payload-hash.ts";
import { checkExpiresIn, presign } from "../sigv4/presign-request.ts";
import type { SignableRequest, SignedBy, SignedRequest } from "../sigv4/request.ts";
import { scopeCache } from "./scope-cache.ts";
import { serviceRules } from "../sigv4/service-rules.ts";
import type { SigningSettings } from "../sigv4/settings.ts";
import { keepInternals, type Signer } from "./signer.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";

/** Options of `createSigner`. */
export interface SignerOptions {
  /** Such as `eu-west-1`. Nothing is read from the environment. */
  readonly region: string;
  /** The signing name. Default: `sagemaker`, which is that of every SageMaker API. */
  readonly service?: string | undefined;
  /** Fixed credentials, a provider, or an object with a provider. Providers are asked no more often than needed. */
  readonly credentials: Credentials;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Default: the rules of the service. */
  readonly settings?: SigningSettings | undefined;
  /** Receives `sign` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Makes a signer: the pure `signRequest` with credentials that renew themselves, a clock that corrects itself, and
 * everything kept that stays the same from one request to the next.
 *
 * @throws SignerError `INVALID_REGION`, `INVALID_SERVICE`, `INVALID_OPTION` or `INVALID_ACCESS_KEY`.
 *
 * @example
 * const signer = createSigner({ region: "eu-west-1", credentials: { accessKeyId, secretAccessKey } });
 * const { method, url, headers, body } = await signer.sign({
 *   method: "POST",
 *   url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ inputs: "hello" }),
 * });
 */
export function createSigner(options: SignerOptions): Signer {
  const {
    region,
    service = "sagemaker",
    settings = {},
    clock = createClock(),
    onEvent,
  } = Object(options) as typeof options;
  credentialScope("", region, service);
  if (typeof clock?.now !== "function") refuse("INVALID_OPTION", words ? "clock: must be from createClock" : "clock");
  if (!["undefined", "function"].includes(typeof onEvent))
    refuse("INVALID_OPTION", words ? "onEvent: must be a function" : "onEvent");
  const rules = serviceRules(service, settings);
  const emit = createEmitter(onEvent, clock);
  const credentials = memoize(options.credentials, { clock, onEvent });
  const signingScopeAt = scopeCache(region, service, rules, clock);
  const { headOf, targetOf } = headCache(rules);

  function cachedCredentials(): AwsCredentials {
    const now = credentials.peek();
    if (now !== undefined) return now;
    // Fixed credentials that are not at hand any more have expired, and waiting does not help.
    if ("accessKeyId" in options.credentials) signingScopeAt(options.credentials);
    return refuse(
      "CREDENTIALS_NOT_READY",
      words ? "credentials: not at hand; await signer.ready() or signer.sign()" : "credentials",
    );
  }

  function report(accessKeyId: string, host: string, presigned: boolean): void {
    emit("sign", () => ({ service, region, host, accessKeyId, presigned }));
  }

  function signWith(scope: HmacScope, request: SignableRequest, hash: Hash): SignedRequest & SignedBy {
    const { head, hashOf } = headOf(request, scope, hash);
    const { host, url } = head.target;
    const { method } = head;
    const { body } = request;
    const { accessKeyId } = scope;
    const signature = scope.sign(hashOf(hash));
    const headers = { ...head.headers, authorization: head.authorization + signature };
    report(accessKeyId, host, false);
    return body === undefined
      ? { method, url, headers, accessKeyId, signature }
      : { method, url, headers, accessKeyId, signature, body };
  }

  const signer: Signer = {
    region,
    service,
    settings,
    clock,
    credentials,
    async ready() {
      await credentials();
    },
    async sign(request, { minTtlMs, signal } = {}) {
      const granted = await credentials({ minTtlMs, signal });
      const hash = await payloadHash(request.body, request.payload, sha256Later);
      return signWith(signingScopeAt(granted), request, hash);
    },
    signSync: (request) =>
      signWith(signingScopeAt(cachedCredentials()), request, payloadHash(request.body, request.payload, sha256)),
    async presign(request, { expiresIn = 3600, whenShort = "refresh", signal } = {}) {
      const lifetimeMs = checkExpiresIn(expiresIn) * 1000;
      if (!["refresh", "clamp", "throw"].includes(whenShort)) {
        refuse("INVALID_OPTION", words ? "whenShort: must be refresh, clamp or throw" : "whenShort");
      }
      const granted = await credentials({ signal, ...(whenShort === "refresh" && { minTtlMs: lifetimeMs }) });
      const scope = signingScopeAt(granted);
      const wished = scope.signedAt + lifetimeMs;
      const until = Math.min(wished, granted.expiration?.getTime() ?? wished);
      if (whenShort === "throw" && until < wished) {
        refuse("INVALID_EXPIRES_IN", words ? "expiresIn: the credentials expire before the URL would" : "expiresIn");
      }
      const target = targetOf(request.url);
      const { url } = presign(request, target, scope, Math.max(1, Math.floor((until - scope.signedAt) / 1000)));
      report(scope.accessKeyId, target.host, true);
      return { url, expiresAt: new Date(until) };
    },
  };
  keepInternals(signer, { rules, cachedCredentials, signingScopeAt, targetOf, signWith, report });
  return signer;
}
