import { createClock, createEmitter } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { Registry } from "prom-client";
import type { Broker } from "../model/broker.ts";
import { containerAnswer, credentialsAnswer, refusalAnswer } from "./answer.ts";
import { createBearerVerifier } from "./proof/bearer-token.ts";
import { checkHost, checkNoBrowser, checkOrigin } from "./boundary.ts";
import { createIdentityVerifier, withoutPath } from "./proof/caller-identity.ts";
import { checkConfig } from "./config/check-config.ts";
import { matchesToken } from "./proof/container-token.ts";
import type { Grant } from "./config/grant.ts";
import { browserRole, containerRole, machineRole } from "./grants/grant-role.ts";
import { createKeySet } from "./proof/key-set.ts";
import { createRateLimit } from "./rate-limit.ts";
import { limitedAddress } from "./remote-address.ts";
import { auditLabel } from "./grants/subject.ts";
import { vend, vendPromptly } from "./vend.ts";
import type { VendingConfig } from "./config/vending-config.ts";
import { VendingError } from "./vending-error.ts";
import { createVendingMetrics } from "./vending-metrics.ts";

/** What @hono/node-server tells of the connection. */
interface Bindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/** The vending server as a Hono app: `app.fetch` is a plain `(Request) => Promise<Response>`. */
export interface VendingApp extends Hono<{ Bindings: Bindings }> {
  /** Takes no more requests, says so at `/readyz`, and resolves when those under way are answered. */
  drain(): Promise<void>;
}

/** What is known of a request as it is being answered. */
interface Vending {
  readonly requestId: string;
  readonly grant: string;
  readonly address: string;
  subject?: string;
}

const MAX_BODY = 4_096;
const REQUEST_MS = 10_000;
// A page reloads, a service restarts: neither should be handed a session that is about to end.
const BROWSER_TTL_MS = 5 * 60_000;
// botocore asks again below 15 minutes (its advisory window): what is vended must be good for longer.
const CONTAINER_TTL_MS = 16 * 60_000;

/**
 * Makes the HTTP side of a broker: credentials for browsers, containers and services, by named grants only. No caller
 * can name a role, a policy or a duration.
 *
 * | route | for |
 * | --- | --- |
 * | `POST /v1/vend/:grant` | browsers, with a bearer token |
 * | `GET /v1/credentials/:grant` | containers, with the token of AWS_CONTAINER_AUTHORIZATION_TOKEN |
 * | `POST /v1/identity/:grant` | services, with a signed GetCallerIdentity |
 * | `GET /healthz`, `/readyz`, `/metrics` | operators |
 *
 * @throws VendingError `INVALID_CONFIG`.
 *
 * @example
 * const app = createVendingApp(broker, JSON.parse(await readFile("countersign.json", "utf8")));
 * serve({ fetch: app.fetch, port: 8443 });
 */
export function createVendingApp(broker: Broker, config: VendingConfig): VendingApp {
  checkConfig(config);
  const { grants, hosts, origins = [], identityProvider: provider, limits = {} } = config;
  const clock = config.clock ?? createClock();
  const emit = createEmitter(config.onEvent, clock);
  const ownTransport = config.transport === undefined ? createTransport({ clock }) : undefined;
  const transport = config.transport ?? ownTransport;
  const send: typeof globalThis.fetch = (input, init) =>
    (transport as NonNullable<typeof transport>).fetch(input, init);
  const metrics = createVendingMetrics(config.registry ?? new Registry(), broker);

  const perSubject = createRateLimit(limits.perSubject ?? 30, clock);
  const perAddress = createRateLimit(limits.perAddress ?? 120, clock);
  const rejected = createRateLimit(limits.rejectedPerAddress ?? 20, clock);
  const maxInFlight = limits.maxInFlight ?? 256;
  const verifyBearer =
    provider === undefined
      ? undefined
      : createBearerVerifier(provider, createKeySet(new URL(provider.jwksUrl), send, clock), clock);
  const verifyIdentity = createIdentityVerifier({
    audience: config.audience ?? "",
    regions: config.identityRegions ?? [],
    clock,
    fetch: send,
  });

  let inFlight = 0;
  let draining = false;
  let drained: (() => void) | undefined;

  function grantOf<Kind extends Grant["kind"]>(name: string, kind: Kind): Grant & { readonly kind: Kind } {
    const grant = Object.hasOwn(grants, name) ? grants[name] : undefined;
    if (grant?.kind !== kind)
      throw new VendingError("GRANT_UNKNOWN", `no ${kind} grant ${JSON.stringify(name.slice(0, 64))}`);
    return grant as Grant & { readonly kind: Kind };
  }

  /** A rejected proof of who one is counts against the address; enough of them, and it is not looked at any more. */
  async function authenticate<T>(vending: Vending, verify: () => Promise<T>): Promise<T> {
    if (!rejected.has(vending.address)) {
      throw new VendingError("TOO_MANY_REQUESTS", "too many rejected proofs of identity", { retryAfterSeconds: 60 });
    }
    try {
      return await verify();
    } catch (error) {
      if (error instanceof VendingError && error.status === 401) rejected.take(vending.address);
      throw error;
    }
  }

  /** What all ways of vending share: the boundary, limits, audit, and one shape for every refusal. */
  async function answer(
    context: Context<{ Bindings: Bindings }>,
    forContainer: boolean,
    act: (vending: Vending, request: Request) => Promise<{ readonly response: Response; readonly expiresAt: Date }>,
  ): Promise<Response> {
    const vending: Vending = {
      requestId: crypto.randomUUID(),
      grant: context.req.param("grant") ?? "",
      address: limitedAddress(context.env?.incoming?.socket?.remoteAddress),
    };
    const { requestId } = vending;
    inFlight += 1;
    try {
      const request = context.req.raw;
      checkHost(request, hosts);
      if (draining) throw new VendingError("UNAVAILABLE", "the server is shutting down", { retryAfterSeconds: 5 });
      if (inFlight > maxInFlight)
        throw new VendingError("UNAVAILABLE", `more than ${maxInFlight} requests under way`, { retryAfterSeconds: 1 });
      perAddress.take(vending.address);
      const { response, expiresAt } = await act(vending, request);
      metrics.count(knownGrant(vending.grant), "ok");
      emit("vend.ok", () => ({ grant: vending.grant, requestId, subject: vending.subject ?? "", expiresAt }));
      return response;
    } catch (error) {
      const refusal =
        error instanceof VendingError
          ? error
          : new VendingError("UNAVAILABLE", "failed", { cause: error, retryAfterSeconds: 1 });
      metrics.count(knownGrant(vending.grant), refusal.code);
      const { subject } = vending;
      emit("vend.denied", () => ({
        grant: knownGrant(vending.grant),
        requestId,
        code: refusal.code,
        ...(subject === undefined ? {} : { subject }),
      }));
      return refusalAnswer(refusal, requestId, forContainer);
    } finally {
      inFlight -= 1;
      if (inFlight === 0) drained?.();
    }
  }

  /** Labels and events hold names of the configuration, never text that a stranger chose. */
  function knownGrant(name: string): string {
    return Object.hasOwn(grants, name) ? name : "unknown";
  }

  const app = new Hono<{ Bindings: Bindings }>();
  const smallBody = bodyLimit({
    maxSize: MAX_BODY,
    onError: () =>
      refusalAnswer(new VendingError("TOO_LARGE", `a body of over ${MAX_BODY} bytes`), crypto.randomUUID(), false),
  });

  app.use(
    "/v1/vend/*",
    cors({
      origin: (origin) => (origins.includes(origin) ? origin : undefined),
      allowMethods: ["POST"],
      allowHeaders: ["authorization", "content-type"],
      maxAge: 600,
    }),
  );
  app.post("/v1/vend/:grant", smallBody, (context) =>
    answer(context, false, async (vending, request) => {
      checkOrigin(request, origins);
      const grant = grantOf(vending.grant, "browser");
      if (verifyBearer === undefined) throw new VendingError("GRANT_UNKNOWN", "no identity provider");
      const claims = await authenticate(vending, () => verifyBearer(request.headers.get("authorization") ?? undefined));
      vending.subject = auditLabel(claims.iss ?? "", claims.sub);
      perSubject.take(vending.subject);
      const role = browserRole(broker, vending.grant, grant, claims);
      const credentials = await vend(
        role,
        BROWSER_TTL_MS,
        AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_MS)]),
      );
      return { response: credentialsAnswer(credentials, vending.requestId), expiresAt: credentials.expiration };
    }),
  );
  app.get("/v1/credentials/:grant", (context) =>
    answer(context, true, async (vending, request) => {
      checkNoBrowser(request);
      const grant = grantOf(vending.grant, "container");
      await authenticate(vending, async () => {
        const token = request.headers.get("authorization");
        if (token === null) throw new VendingError("TOKEN_MISSING", "no container token");
        if (!matchesToken(token, grant.tokenSha256))
          throw new VendingError("TOKEN_REJECTED", "not a token of this grant");
      });
      vending.subject = vending.grant;
      const role = containerRole(broker, vending.grant, grant);
      const credentials = await vendPromptly(role, CONTAINER_TTL_MS, clock);
      return {
        response: containerAnswer(credentials, grant.roleArn, vending.requestId),
        expiresAt: credentials.expiration,
      };
    }),
  );
  app.post("/v1/identity/:grant", smallBody, (context) =>
    answer(context, false, async (vending, request) => {
      checkNoBrowser(request);
      const grant = grantOf(vending.grant, "machine");
      const proof: unknown = await request.json().catch((cause: unknown) => {
        throw new VendingError("IDENTITY_REJECTED", "the proof of identity is not JSON", { cause });
      });
      const principal = await authenticate(vending, () => verifyIdentity(proof));
      vending.subject = auditLabel(principal);
      perSubject.take(vending.subject);
      if (!grant.principals.some((arn) => withoutPath(arn) === withoutPath(principal))) {
        throw new VendingError("CLAIM_REJECTED", `${principal} is no principal of grant ${vending.grant}`);
      }
      const role = machineRole(broker, vending.grant, grant, principal);
      const credentials = await vend(
        role,
        BROWSER_TTL_MS,
        AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_MS)]),
      );
      return { response: credentialsAnswer(credentials, vending.requestId), expiresAt: credentials.expiration };
    }),
  );

  app.get("/healthz", (context) => context.text("ok\n"));
  // Degraded but serving is ready: taking such a server out of rotation would turn an outage of STS into ours.
  app.get("/readyz", (context) =>
    draining ? context.text("draining\n", 503) : context.text(broker.snapshot().degraded ? "degraded\n" : "ready\n"),
  );
  app.get("/metrics", async (context) => {
    const { registry } = metrics;
    return context.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  // A body that ends in the middle is no event: whoever hangs up would fill the log.
  app.onError((_, context) => context.json({ error: "BAD_REQUEST" }, 400));
  app.notFound((context) => context.json({ error: "NOT_FOUND" }, 404));

  return Object.assign(app, {
    async drain() {
      draining = true;
      if (inFlight > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      }
      await ownTransport?.close();
    },
  });
}
