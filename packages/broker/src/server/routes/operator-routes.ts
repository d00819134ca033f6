import type { Hono } from "hono";
import type { Registry } from "prom-client";
import type { Broker } from "../../model/broker.ts";
import type { Answering, Bindings } from "../answering.ts";
import { readiness } from "../readiness.ts";

/** `/healthz`, `/readyz` and `/metrics`. */
export function addOperatorRoutes(
  app: Hono<{ Bindings: Bindings }>,
  o: { readonly broker: Pick<Broker, "snapshot">; readonly answering: Answering; readonly registry: Registry },
): void {
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const { ready, says } = o.answering.isDraining
      ? { ready: false, says: "draining" }
      : readiness(o.broker.snapshot());
    return context.text(`${says}\n`, ready ? 200 : 503);
  });
  app.get("/metrics", async (context) =>
    context.body(await o.registry.metrics(), 200, { "content-type": o.registry.contentType }),
  );
}
