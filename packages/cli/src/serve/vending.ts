import type { Broker } from "@countersign/broker";
import { createVendingApp, type VendingApp, type VendingConfig } from "@countersign/broker/server";
import type { CountersignEvent } from "@countersign/signer";
import { withPosition } from "../daemon/config-file.ts";
import type { Telemetry } from "../daemon/telemetry.ts";
import type { Session } from "../session.ts";

/** The grants that are vended over HTTP, if a configuration has any. */
export interface Vending {
  /** Takes the grants of a configuration. @throws CliError `INVALID_CONFIG` with file, line and field; nothing changes. */
  take(config: VendingConfig | undefined): void;
  /** The app, once there is one. */
  readonly app: () => VendingApp | undefined;
}

/** Makes the vending of a server, without grants. */
export function createVending(
  file: string,
  broker: Broker,
  { transport, clock }: Session,
  { audit, metrics, onEvent }: Telemetry<CountersignEvent>,
): Vending {
  let app: VendingApp | undefined;
  return {
    app: () => app,
    take(config) {
      if (config === undefined) return;
      withPosition(file, "/vending", () => {
        if (app !== undefined) return app.replace(config);
        app = createVendingApp(broker, {
          ...config,
          operatorRoutes: "separate",
          transport,
          clock,
          // The audit trail says who got what; the state of identity providers is for operators.
          onEvent: (event) => (event.name.startsWith("vend.") ? audit.write(event) : onEvent(event)),
          registry: metrics.registry,
        });
        return undefined;
      });
    },
  };
}
