import { words } from "#words";
import { headCache as createHeadCache } from "#platform/head-cache";
import { type Hash, sha256, sha256Later } from "#platform/sha256";
import { createClock } from "../clock/create-clock.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import type { AwsCredentials } from "../credentials/credentials.ts";
import { createEmitter } from "../events/emit.ts";
import { checkOptions, oneOf, optional, type Shapes, signalShape, unchecked } from "../errors/check-options.ts";
import { own } from "../errors/own.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { renewed } from "../credentials/memoize.ts";
import { payloadHash } from "../sigv4/payload-hash.ts";
import { checkExpiresIn, presign } from "../sigv4/presign-request.ts";
import type { SignedBy, SignedRequest } from "../sigv4/request.ts";
import { optionShapes, type SignerOptions, signShapes } from "./signer-options.ts";
import { scopeCache } from "#platform/scope-cache";
import { type ReadRequest, readRequest } from "../sigv4/read-request.ts";
import { serviceRules } from "../sigv4/service-rules.ts";
import { keepInternals, type PresignOptions, type Signer } from "./signer.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";

const presignShapes: Shapes<PresignOptions> = {
  expiresIn: unchecked,
  whenShort: optional(oneOf("refresh", "clamp", "throw")),
  signal: optional(signalShape),
};

/**
 * Makes a signer: the pure `signRequest`, with credentials that renew themselves, a clock that corrects itself, and
 * caches for everything that stays the same from one request to the next.
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
    credentials: source,
    settings = {},
    clock = createClock(),
    onEvent,
  } = checkOptions(options, optionShapes, refuseOption);
  credentialScope("", region, service);
  const rules = serviceRules(service, settings);
  const emit = createEmitter(onEvent, clock);
  const credentials = renewed(source, clock, onEvent);
  const signingScopeAt = scopeCache(region, service, rules, clock);
  const headCache = createHeadCache(rules);

  function cachedCredentials(): AwsCredentials {
    const now = credentials.peek();
    if (now !== undefined) return now;
    // Fixed credentials are missing only after they expired or were revoked: waiting does not help.
    if ("accessKeyId" in source) signingScopeAt(source);
    return refuse(
      "CREDENTIALS_NOT_READY",
      words ? "credentials: must be fetched first; await signer.ready() or signer.sign()" : "credentials",
    );
  }

  function report(accessKeyId: string, host: string, presigned: boolean): void {
    emit("sign", () => ({ service, region, host, accessKeyId, presigned }));
  }

  function signWith(scope: HmacScope, request: ReadRequest, hash: Hash): SignedRequest & SignedBy {
    const head = headCache.headOf(request, scope, hash);
    const { host, url } = head.target;
    const { accessKeyId } = scope;
    const signature = head.sign(hash, scope);
    report(accessKeyId, host, false);
    const signed: { -readonly [Name in keyof SignedRequest]: SignedRequest[Name] } & SignedBy = {
      method: head.method,
      url,
      headers: head.headersWith(signature),
      accessKeyId,
      signature,
    };
    // Node 20 is slow to copy an object and add to the copy.
    if (request.body !== undefined) signed.body = request.body;
    return signed;
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
    async sign(given, wish) {
      const request = readRequest(given);
      const granted = await credentials(wish === undefined ? wish : checkOptions(wish, signShapes, refuseOption));
      const hash = await payloadHash(request.body, request.payload, sha256Later);
      return signWith(signingScopeAt(granted), request, hash);
    },
    signSync(given) {
      const request = readRequest(given);
      const hash = payloadHash(request.body, request.payload, sha256);
      return signWith(signingScopeAt(cachedCredentials()), request, hash);
    },
    async presign(given, wish) {
      const request = readRequest(given);
      const {
        expiresIn = 3600,
        whenShort = "refresh",
        signal,
      } = checkOptions<PresignOptions>(wish, presignShapes, refuseOption);
      const lifetimeMs = checkExpiresIn(expiresIn) * 1000;
      const granted = await credentials({ signal, ...(whenShort === "refresh" && { minTtlMs: lifetimeMs }) });
      const scope = signingScopeAt(granted);
      const wished = scope.signedAt + lifetimeMs;
      const until = Math.min(wished, own(granted, "expiration")?.getTime() ?? wished);
      if (whenShort === "throw" && until < wished) {
        refuse(
          "INVALID_EXPIRES_IN",
          words ? "expiresIn: must end before the credentials expire; ask for less, or whenShort refresh" : "expiresIn",
        );
      }
      const target = headCache.targetOf(request.url);
      const { url } = presign(request, target, scope, Math.max(1, Math.floor((until - scope.signedAt) / 1000)));
      report(scope.accessKeyId, target.host, true);
      return { url, expiresAt: new Date(until) };
    },
  };
  keepInternals(signer, { rules, cachedCredentials, signingScopeAt, headCache, signWith, report });
  return signer;
}
