import type { Clock, Signer } from "@countersign/signer";
import type { Exchange } from "./exchange.ts";
import type { Platform } from "./platform-contract.ts";
import type { Service, ServiceKind } from "./service.ts";

/** What the operations of one client share. */
export interface Context {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly platform: Platform;
  readonly exchange: Exchange;
  /** Where a service is; resolved on its first use. */
  service(kind: ServiceKind): Service;
  /** A guard speaks before anything is signed; without one there is nothing to wait for. */
  readonly guarded: boolean;
  /** @throws what the guard says. */
  review(action: string, input: unknown, host: string, signal: AbortSignal | undefined): Promise<void>;
  /** Tells the guard that a call succeeded. */
  remember(action: string, input: unknown): void;
  /** @throws SageMakerError `CLOSED`. */
  readonly open: () => void;
}
