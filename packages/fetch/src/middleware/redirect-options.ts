import type { Clock, EventListener } from "@countersign/signer";
import type { HostGate } from "../hosts/host-gate.ts";

/** Options of `resigningRedirects`. */
export interface RedirectOptions {
  /** Throws for a target that must not be sent credentials. Absent: no redirect is followed. */
  readonly gate?: HostGate | undefined;
  /** The limit for a Request, Blob or FormData that is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
  /** Dates the new signature. Default: `createClock()`. */
  readonly clock: Clock;
  /** Receives `redirect.refused`. */
  readonly onEvent?: EventListener | undefined;
}
