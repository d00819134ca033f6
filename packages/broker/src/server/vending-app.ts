import { contract } from "@countersign/signer/options";
import { createClock, createEmitter } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Registry } from "prom-client";
import { onceInFleet } from "../broker/fleet-memory.ts";
import { refuseOption } from "../errors/refuse.ts";
import type { Broker } from "../model/broker.ts";
import { type Bindings, createAnswering } from "./answering.ts";
import { checkConfig } from "./config/check-config.ts";
import type { VendingConfig } from "./config/vending-config.ts";
import { createFindGrant, type FindGrant } from "./grants/find-grant.ts";
import { createGrantRoles } from "./grants/grant-role.ts";
import { createRateLimit } from "./limits/rate-limit.ts";
import { createIdentityVerifier } from "./proof/caller-identity.ts";
import { createTokenVerifiers } from "./proof/token-verifiers.ts";
import { refusalAnswer } from "./routes/answer.ts";
import { checkOwnHost } from "./routes/boundary.ts";
import { browserRoute } from "./routes/browser-route.ts";
import { containerRoute } from "./routes/container-route.ts";
import { machineRoute } from "./routes/machine-route.ts";
import { createPageHeaders } from "./routes/page-headers.ts";
import { addHealthRoutes, addOperatorRoutes, NOT_STORED, type Operated } from "./routes/operator-routes.ts";
import { VendingError } from "./vending-error.ts";
import { createVendingMetrics } from "./vending-metrics.ts";

/** The vending server as a Hono app: `app.fetch` is a plain `(Request) => Promise<Response>`. */
export interface VendingApp extends Hono<{ Bindings: Bindings }> {
  /**
   * Takes a new configuration for all requests from now on. Counts, limits, used proofs, key sets and metrics stay; the
   * fields `transport`, `clock`, `onEvent` and `registry` cannot change. If the new configuration is wrong, the old one
   * stays.
   *
   * @throws VendingError `INVALID_CONFIG`.
   */
  replace(config: VendingConfig): void;
  /**
   * Reads the keys of identity providers before the first token comes, so that the first caller does not wait for them, and
   * a provider out of reach is reported now. Resolves also when they cannot be read.
   */
  warm(): Promise<void>;
  /** Reports at `/readyz` that no new requests should come, and goes on answering. Call it before `drain`. */
  leave(): void;
  /** Refuses new requests, reports that at `/readyz`, and resolves when the requests under way are answered. */
  drain(): Promise<void>;
}

/** The paths for pages. */
const PAGES = "/v1/vend/";
const MAX_BODY = 4_096;

/**
 * Whether an HTTP/1.1 request has no body: it then has neither of these headers (RFC 9112, section 6.3). Asking the request
 * itself would make a stream, which costs as much as verifying the token.
 */
function hasNoBody({ env, req }: Context<{ Bindings: Bindings }>): boolean {
  if (env?.incoming?.httpVersionMajor !== 1) return false;
  return req.header("transfer-encoding") === undefined && (req.header("content-length") ?? "0") === "0";
}
/** Requests of one subject in a minute: a fleet of services with one role starts at once. */
const DEFAULT_PER_SUBJECT = 600;

/**
 * Makes the HTTP side of a broker: credentials for browsers, containers and services, by named grants only. No caller
 * can name a role, a policy or a duration.
 *
 * | route | for |
 * | --- | --- |
 * | `POST /v1/vend/:grant` | browsers, with a bearer token |
 * | `GET /v1/credentials/:grant` | containers, with the token of AWS_CONTAINER_AUTHORIZATION_TOKEN; pods, with a projected token |
 * | `POST /v1/identity/:grant` | services, with a signed GetCallerIdentity |
 * | `GET /healthz`, `/readyz`, `/metrics` | operators |
 *
 * Refusals have a code, a status and a request id. Their reason is in the event `vend.denied` only.
 *
 * @throws VendingError `INVALID_CONFIG` that names the field as a JSON pointer.
 */
export function createVendingApp(broker: Broker, unchecked: VendingConfig): VendingApp {
  contract("a broker from createBroker()", "role", "snapshot")(broker, "broker", refuseOption);
  let config = checkConfig(unchecked);
  const { transport: given, clock = createClock(), onEvent, registry = new Registry() } = config;
  const transport = given ?? createTransport({ clock, allowLoopbackHttp: true });
  const { fetch } = transport;
  // The broker loads it with its first request to STS: that takes half a second of the time in which SDKs give up.
  import("@aws-sdk/client-sts").catch(() => undefined);
  const metrics = createVendingMetrics(registry, broker);
  const emit = createEmitter(onEvent, clock);
  const answering = createAnswering({
    config: () => config,
    clock,
    emit,
    metrics,
  });
  const findGrant: FindGrant = (name, ...kinds) => createFindGrant(config.grants)(name, ...kinds);
  const perSubject = createRateLimit(() => config.limits?.perSubject ?? DEFAULT_PER_SUBJECT, clock);
  const tokens = createTokenVerifiers({
    clock,
    fetch,
    report(issuer, failure) {
      if (!metrics.issuerFailed(issuer, failure !== undefined)) return;
      if (failure === undefined) emit("issuer.recovered", () => ({ issuer }));
      else emit("issuer.failed", () => ({ issuer, reason: failure }));
    },
  });
  tokens.replace(config);
  const verifyToken = tokens.verify;
  const verifyIdentity = createIdentityVerifier({
    settings: () => ({ audience: config.audience ?? "", regions: config.identityRegions ?? [] }),
    clock,
    fetch,
    once: onceInFleet(broker),
  });
  const origins = (): readonly string[] => config.origins ?? [];
  const pages = createPageHeaders(origins, clock);
  const headersFor = ({ req }: Context): Readonly<Record<string, string>> =>
    req.path.startsWith(PAGES) ? pages.answering(req.raw) : {};

  const app = new Hono<{ Bindings: Bindings }>();
  const smallBody = bodyLimit({
    maxSize: MAX_BODY,
    onError: (context) =>
      refusalAnswer(new VendingError("TOO_LARGE", `a body of over ${MAX_BODY} bytes`), {
        requestId: crypto.randomUUID(),
        forContainer: false,
        headers: headersFor(context),
      }),
  });
  const smallBodyOfPage: typeof smallBody = async (context, next) =>
    hasNoBody(context) ? next() : smallBody(context, next);
  const roles = createGrantRoles(broker);
  const toBrowsers = browserRoute({ roles, clock, origins, findGrant, verifyToken, perSubject });
  const toContainers = containerRoute({ roles, clock, findGrant, verifyToken, perSubject });
  const toMachines = machineRoute({ roles, clock, findGrant, verifyIdentity, perSubject });
  app.options(`${PAGES}*`, ({ req }) => pages.preflight(req.raw));
  app.post(`${PAGES}:grant`, smallBodyOfPage, (context) =>
    answering.answer(context, { forContainer: false, headers: pages.answering(context.req.raw) }, toBrowsers),
  );
  app.get("/v1/credentials/:grant", (context) => answering.answer(context, { forContainer: true }, toContainers));
  app.post("/v1/identity/:grant", smallBody, (context) =>
    answering.answer(context, { forContainer: false }, toMachines),
  );
  const operators: Operated = {
    broker,
    registry,
    isDraining: () => answering.isDraining,
    checkReader: (request) => checkOwnHost(request, config.hosts),
  };
  if (config.operatorRoutes !== "separate") addOperatorRoutes(app, operators);
  else addHealthRoutes(app, operators);
  // A body that breaks off is reported nowhere: a caller that hangs up must not fill the log.
  app.onError((error, context) =>
    error instanceof VendingError
      ? refusalAnswer(error, { requestId: crypto.randomUUID(), forContainer: false })
      : context.json({ error: "BAD_REQUEST" }, 400, { ...NOT_STORED, ...headersFor(context) }),
  );
  app.notFound((context) => context.json({ error: "NOT_FOUND" }, 404, { ...NOT_STORED, ...headersFor(context) }));

  return Object.assign(app, {
    replace(next: VendingConfig) {
      const checked = checkConfig(next);
      tokens.replace(checked);
      config = checked;
    },
    warm: () => tokens.warm(),
    leave: () => answering.leave(),
    async drain() {
      await answering.drain();
      if (transport !== given) await transport.close();
    },
  });
}
