import { createAttempts } from "@countersign/fetch/attempts";
import { type Clock, createClock, createSigner, type Signer } from "@countersign/signer";
import { createPlatform } from "#platform";
import { SageMakerError } from "./error.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import type { SageMakerOptions } from "./options.ts";
import type { Platform } from "./platform-contract.ts";
import { resolveService, type Service, type ServiceKind } from "./service.ts";

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
  review(action: string, input: unknown, service: Service, signal: AbortSignal | undefined): Promise<void>;
  /** Tells the guard that a call succeeded. */
  remember(action: string, input: unknown): void;
  /** @throws SageMakerError `CLOSED`. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** Makes what a client needs from its options, and tells at once when they are wrong. */
export function createContext(options: SageMakerOptions): Context {
  const { region, credentials, endpoint, fetch, transport, guard, retry, onEvent, clock = createClock() } = options;
  if (typeof region !== "string" || region === "") {
    throw new SageMakerError("INVALID_OPTION", "region is missing: pass it, for instance process.env.AWS_REGION.");
  }
  if (guard !== undefined && typeof guard?.enforce !== "function") {
    throw new SageMakerError("INVALID_OPTION", "guard must be what createGuard answers, not the name of a posture.");
  }
  const signer = createSigner({ region, service: "sagemaker", credentials, clock, onEvent });
  const platform = createPlatform({ fetch, transport, clock, onEvent });
  const attempts = createAttempts({ clock, credentials: signer.credentials, retry, onEvent });
  const services = new Map<ServiceKind, Service>();
  let closing: Promise<void> | undefined;

  function service(kind: ServiceKind): Service {
    let resolved = services.get(kind);
    if (resolved === undefined) services.set(kind, (resolved = resolveService(kind, region, endpoint)));
    return resolved;
  }
  service("sagemaker-runtime");

  return {
    signer,
    clock,
    platform,
    exchange: createExchange({ signer, clock, attempts, platform }),
    service,
    guarded: guard !== undefined,
    async review(action, input, { hostname }, signal) {
      const { privateAddresses } = platform;
      await guard?.enforce(action, input, { host: hostname, privateAddresses, signal });
    },
    remember: (action, input) => guard?.remember(action, input),
    open() {
      if (closing !== undefined) throw new SageMakerError("CLOSED", "This SageMaker client was closed.");
    },
    close: () => (closing ??= platform.close()),
  };
}
