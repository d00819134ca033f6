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
  /** Refuses who may not read the metrics. Default: everyone who reaches the listener may. */
  readonly checkReader?: ((request: Request) => void) | undefined;
}

/** An answer about now must not be repeated later. */
export const NOT_STORED: Readonly<Record<string, string>> = Object.freeze({ "cache-control": "no-store" });

/** `/healthz` and `/readyz`, which say no more than whether requests should come. */
export function addHealthRoutes(app: Hono<{ Bindings: Bindings }>, o: Operated): void {
  app.get("/healthz", (context) => context.text("ok\n", 200, NOT_STORED));
  app.get("/readyz", async (context) => {
    const { ready, says } = o.isDraining()
      ? { ready: false, says: "draining" }
      : await (o.readiness?.() ?? readiness(o.broker.snapshot()));
    return context.text(`${says}\n`, ready ? 200 : 503, NOT_STORED);
  });
}

/** `/healthz`, `/readyz` and `/metrics`. */
export function addOperatorRoutes(app: Hono<{ Bindings: Bindings }>, o: Operated): void {
  addHealthRoutes(app, o);
  app.get("/metrics", async (context) => {
    o.checkReader?.(context.req.raw);
    return context.body(await o.registry.metrics(), 200, { ...NOT_STORED, "content-type": o.registry.contentType });
  });
}
