import type { RetryOptions } from "@countersign/fetch/attempts";
import type { Guard } from "@countersign/guard";
import { type Clock, type Credentials, type EventListener, words } from "@countersign/signer";
import { callable, checkOptions, clockShape, contract, optional, unchecked } from "@countersign/signer/options";
import type { Transport } from "@countersign/transport";
import { refuseOption } from "./refuse-option.ts";
import type { SageMakerEndpoint } from "./service.ts";

/** Options of `createSageMaker` and `createInvoker`. */
export interface SageMakerOptions {
  /** Such as `eu-west-1`. The environment is not read. */
  readonly region: string;
  /** Fixed credentials, a provider, or an object with a provider such as a role of `@countersign/broker`. */
  readonly credentials: Credentials;
  /** The address of all services, or one for each service. Default: the region's public endpoints. */
  readonly endpoint?: SageMakerEndpoint | undefined;
  /** Node: sends the requests; its maker closes it. Default: `createTransport()`, made on the first call, closed by `close`. */
  readonly transport?: Transport | undefined;
  /** Sends the requests where there is no transport. Default: the global `fetch`, except on Node. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Checks each call before it is signed. Default: no guard. */
  readonly guard?: Pick<Guard, "enforce" | "remember"> | undefined;
  /** Dates signatures and measures time limits. Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** `false` sends every call exactly once. Default: up to three attempts where repeating is safe. */
  readonly retry?: RetryOptions | false | undefined;
  /** Receives `sign`, `credentials.refresh.*`, `retry` and, on Node's own transport, `tls.*`. */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Checks the names and shapes of the options. The signer checks `region` and `credentials`, `resolveService` checks
 * `endpoint`, and `createAttempts` checks `retry`.
 *
 * @throws SageMakerError `INVALID_OPTION`.
 */
export function checkSageMakerOptions(options: SageMakerOptions): SageMakerOptions {
  return checkOptions<SageMakerOptions>(
    options,
    {
      region: unchecked,
      credentials: unchecked,
      endpoint: unchecked,
      transport: optional(contract(words && "a transport from createTransport()", "request", "connectHttp2")),
      fetch: optional(callable),
      guard: optional(contract(words && "a guard from createGuard()", "enforce", "remember")),
      clock: optional(clockShape),
      retry: unchecked,
      onEvent: optional(callable),
    },
    refuseOption,
  );
}
