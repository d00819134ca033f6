import type { VendingApp } from "@countersign/broker/server";
import type { Wanted } from "../daemon/listeners.ts";
import { loopbackOnly } from "../daemon/loopback-only.ts";
import { answerOnPort, answerOnSocket } from "../daemon/serve-fetch.ts";
import { socketOf } from "./command-line.ts";
import type { ServeConfig } from "./config.ts";
import type { Server } from "./open-server.ts";

/** The listeners that a configuration asks for. What they answer with is looked up for each request. */
export function doorsOf(config: ServeConfig, { io, vending, admin, telemetry, inForce }: Server): readonly Wanted[] {
  const { callers, operators } = telemetry.connections;
  return [
    ...config.listen.map((where, index) =>
      answerOnPort(
        where.port === 0 ? `listen ${index}` : "listen",
        where,
        // Without vending, `listen` is empty.
        (request, env) => (vending.app() as VendingApp).fetch(request, env),
        callers,
      ),
    ),
    ...(config.admin === undefined
      ? []
      : [answerOnPort("admin", config.admin, loopbackOnly(admin.fetch, config.admin), operators)]),
    ...(config.commandLine === undefined
      ? []
      : [
          answerOnSocket(
            "command line",
            socketOf(config, io),
            (request) => inForce.commandLine?.fetch(request) ?? gone(),
          ),
        ]),
  ];
}

function gone(): Response {
  return new Response(null, { status: 404 });
}
