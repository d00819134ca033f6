import type { Hono } from "hono";
import type { Registry } from "prom-client";
import type { Broker } from "../../model/broker.ts";
import type { Bindings } from "../answering.ts";
import { type Readiness, readiness } from "../readiness.ts";

/** What the operator's routes report. */
export interface Operated {
  readonly broker: Pick<Broker, "snapshot">;
  readonly registry: Registry;
  readonly isDraining: () => boolean;
  readonly readiness?: (() => Readiness | Promise<Readiness>) | undefined;
}

/** `/healthz` and `/readyz`, which say no more than whether requests should come. */
export function addHealthRoutes(app: Hono<{ Bindings: Bindings }>, o: Operated): void {
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", async (context) => {
    const { ready, says } = o.isDraining()
      ? { ready: false, says: "draining" }
      : await (o.readiness?.() ?? readiness(o.broker.snapshot()));
    return context.text(`${says}\n`, ready ? 200 : 503);
  });
}

/** `/healthz`, `/readyz` and `/metrics`. */
export function addOperatorRoutes(app: Hono<{ Bindings: Bindings }>, o: Operated): void {
  addHealthRoutes(app, o);
  app.get("/metrics", async (context) =>
    context.body(await o.registry.metrics(), 200, { "content-type": o.registry.contentType }),
  );
}
