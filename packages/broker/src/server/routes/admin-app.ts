import { callable, checkOptions, contract, optional } from "@countersign/signer/options";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Registry } from "prom-client";
import { refuseOption } from "../../errors/refuse.ts";
import type { Broker, RevokeFilter } from "../../model/broker.ts";
import { readTime } from "../../model/read-time.ts";
import type { Bindings } from "../answering.ts";
import { matchesToken } from "../proof/container-token.ts";
import { VendingError } from "../vending-error.ts";
import type { Readiness } from "../readiness.ts";
import { refusalAnswer } from "./answer.ts";
import { checkOrigin } from "./boundary.ts";
import { addOperatorRoutes, NOT_STORED } from "./operator-routes.ts";

/** Settings of `createAdminApp`. */
export interface AdminAppOptions {
  /** Its metrics are printed at `/metrics`. */
  readonly registry: Registry;
  /** Whether the server takes no new requests, so that `/readyz` answers 503. Default: never. */
  readonly isDraining?: (() => boolean) | undefined;
  /** What `/readyz` says unless the server is draining. Default: whether the broker can fetch sessions. */
  readonly readiness?: (() => Readiness | Promise<Readiness>) | undefined;
  /** SHA-256 of the token for `/v1/snapshot` and `/v1/revoke`, in hex. Read for each request. Default: no such routes. */
  readonly tokenSha256?: (() => string | undefined) | undefined;
}

const MAX_BODY = 4_096;

/**
 * Makes the app of the listener for operators.
 *
 * | route | |
 * | --- | --- |
 * | `GET /healthz`, `/readyz`, `/metrics` | for probes and Prometheus |
 * | `GET /v1/snapshot` | the state of the cached sessions, without secrets; with the token |
 * | `POST /v1/revoke` | drops sessions of a `{ "roleArn", "tenant" }` in the fleet; with the token |
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function createAdminApp(
  broker: Pick<Broker, "snapshot" | "revoke">,
  given: AdminAppOptions,
): Hono<{ Bindings: Bindings }> {
  contract("a broker from createBroker()", "snapshot", "revoke")(broker, "broker", refuseOption);
  const {
    registry,
    isDraining = () => false,
    tokenSha256 = () => undefined,
    readiness,
  } = checkOptions<AdminAppOptions>(
    given,
    {
      registry: contract("a registry of prom-client", "metrics"),
      isDraining: optional(callable),
      readiness: optional(callable),
      tokenSha256: optional(callable),
    },
    refuseOption,
  );
  const app = new Hono<{ Bindings: Bindings }>();
  addOperatorRoutes(app, { broker, registry, isDraining, readiness });

  function authenticate(request: Request): void {
    checkOrigin(request, []);
    const digest = tokenSha256();
    if (digest === undefined) throw new VendingError("GRANT_UNKNOWN", "the listener has no token");
    const token = /^Bearer (\S{1,4096})$/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token === undefined) throw new VendingError("TOKEN_MISSING", "authorization: must be Bearer and the token");
    if (!matchesToken(token, [digest])) throw new VendingError("TOKEN_REJECTED", "the token is not the listener's");
  }

  app.get("/v1/snapshot", (context) => {
    authenticate(context.req.raw);
    return context.json(broker.snapshot(), 200, NOT_STORED);
  });
  app.post("/v1/revoke", bodyLimit({ maxSize: MAX_BODY }), async (context) => {
    authenticate(context.req.raw);
    const filter = await context.req.json<RevokeFilter>().catch(() => undefined);
    try {
      await broker.revoke(revocationOf(filter));
      return context.json({ revoked: "everywhere" });
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code === "STORE_UNAVAILABLE") return context.json({ revoked: "here", error: code }, 503);
      if (code === "INVALID_OPTION") return context.json({ error: code, message: (error as Error).message }, 400);
      throw error;
    }
  });
  app.onError((error, context) =>
    error instanceof VendingError
      ? refusalAnswer(error, { requestId: crypto.randomUUID(), forContainer: false })
      : context.json({ error: "BAD_REQUEST" }, 400, NOT_STORED),
  );
  app.notFound((context) => context.json({ error: "NOT_FOUND" }, 404, NOT_STORED));
  return app;
}

/** A filter from JSON, in which `issuedBefore` is text of RFC 3339. An empty body must not revoke everything: that takes `{}`. */
function revocationOf(filter: RevokeFilter | undefined): RevokeFilter {
  if (typeof filter !== "object" || filter === null)
    return refuseOption("filter: must be an object; {} revokes all sessions", "filter");
  const { issuedBefore } = filter as { readonly issuedBefore?: unknown };
  if (issuedBefore === undefined) return filter;
  const time = readTime(issuedBefore);
  if (time !== undefined) return { ...filter, issuedBefore: time };
  return refuseOption("issuedBefore: must be a date with a zone, such as 2026-01-02T03:04:05Z", "issuedBefore");
}
