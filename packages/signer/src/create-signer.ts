import { sha256HexLater } from "#sha256";
import { type CanonicalTarget, canonicalTarget } from "./canonical-target.ts";
import type { Clock } from "./clock.ts";
import { createClock } from "./create-clock.ts";
import { checkRegion, checkService } from "./credential-scope.ts";
import type { AwsCredentials, Credentials } from "./credentials.ts";
import { createEmitter } from "./emit.ts";
import { SignerError } from "./error.ts";
import type { EventListener } from "./event.ts";
import { memoize } from "./memoize.ts";
import { bodyBytes } from "./payload-hash.ts";
import { checkExpiresIn, presign } from "./presign-request.ts";
import type { SignableRequest, SignedRequest } from "./request.ts";
import { scopeCache } from "./scope-cache.ts";
import { resolveSettings, type SigningSettings } from "./settings.ts";
import { authorize } from "./sign-request.ts";
import { keepParts, type Signer } from "./signer.ts";
import type { HmacScope } from "./signing-scope.ts";
import { wireUrl } from "./wire-url.ts";

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

/** How many URLs a signer keeps taken apart. */
const MOST_TARGETS = 64;

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
  const { region, service = "sagemaker", settings = {}, clock = createClock(), onEvent } = options;
  checkRegion(region);
  checkService(service);
  const rules = resolveSettings(service, settings);
  const emit = createEmitter(onEvent, clock);
  const credentials = memoize(options.credentials, { clock, onEvent });
  const scopeFor = scopeCache(region, service, rules, clock);
  const targets = new Map<string, CanonicalTarget>();

  function targetOf(url: string | URL): CanonicalTarget {
    const given = typeof url === "string" ? url : url?.href;
    let target = targets.get(given);
    if (target === undefined) {
      target = canonicalTarget(wireUrl(given, rules), rules);
      if (targets.size >= MOST_TARGETS) targets.clear();
      targets.set(given, target);
    }
    return target;
  }

  function held(): AwsCredentials {
    const now = credentials.peek();
    if (now !== undefined) return now;
    // Fixed credentials that are not at hand any more have expired, and waiting does not help.
    if ("accessKeyId" in options.credentials) scopeFor(options.credentials);
    throw new SignerError(
      "CREDENTIALS_NOT_READY",
      "credentials: not at hand yet; await signer.ready() or signer.sign()",
    );
  }

  function report(scope: HmacScope, host: string, presigned: boolean): void {
    emit("sign", () => ({ service, region, host, accessKeyId: scope.accessKeyId, presigned }));
  }

  function signWith(scope: HmacScope, request: SignableRequest): SignedRequest {
    const target = targetOf(request.url);
    const { method, given, added } = authorize(request, target, scope);
    report(scope, target.host, false);
    const { body } = request;
    const headers = { ...given, ...added };
    return body === undefined ? { method, url: target.url, headers } : { method, url: target.url, headers, body };
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
      const { body, payload = "hash" } = request;
      const later = payload === "hash" ? sha256HexLater(bodyBytes(body)) : "";
      const hashed = typeof later === "string" ? request : { ...request, payload: { sha256: await later } };
      return signWith(scopeFor(granted), hashed);
    },
    signSync(request) {
      return signWith(scopeFor(held()), request);
    },
    async presign(request, { expiresIn = 3600, whenShort = "refresh", signal } = {}) {
      const wishedMs = checkExpiresIn(expiresIn) * 1000;
      const granted = await credentials({ signal, ...(whenShort === "refresh" && { minTtlMs: wishedMs }) });
      const scope = scopeFor(granted);
      const signedAt = Math.floor(clock.now() / 1000) * 1000;
      const expiresAt = Math.min(signedAt + wishedMs, granted.expiration?.getTime() ?? Infinity);
      if (whenShort === "throw" && expiresAt < signedAt + wishedMs) {
        throw new SignerError(
          "INVALID_EXPIRES_IN",
          `expiresIn: the credentials expire at ${granted.expiration?.toISOString()}, before the URL would`,
        );
      }
      const target = targetOf(request.url);
      const { url } = presign(request, target, scope, Math.max(1, Math.floor((expiresAt - signedAt) / 1000)));
      report(scope, target.host, true);
      return { url, expiresAt: new Date(expiresAt) };
    },
  };
  return keepParts(signer, { rules, prepared: new Set(), held, scopeFor, targetOf, signWith, report });
}
