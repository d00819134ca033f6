import type { RetryOptions } from "@countersign/fetch/attempts";
import type { Guard } from "@countersign/guard";
import type { Clock, Credentials, EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { SageMakerEndpoint } from "./service.ts";

/** What `createSageMaker` is made of. */
export interface SageMakerOptions {
  /** Such as `eu-west-1`. Nothing is read from the environment. */
  readonly region: string;
  /** Fixed credentials, a provider, or an object with a provider such as a role of `@countersign/broker`. */
  readonly credentials: Credentials;
  /** Where the services are: for all of them, or by service. Default: the region's public endpoints. */
  readonly endpoint?: SageMakerEndpoint | undefined;
  /** Node: what sends. Never closed here. Default: `createTransport()`, made on the first call, closed by `close`. */
  readonly transport?: Transport | undefined;
  /** What sends where there is no transport. Default off Node: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Speaks before anything is signed. Default: nobody does. */
  readonly guard?: Pick<Guard, "enforce" | "remember"> | undefined;
  /** Dates signatures and measures limits. Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** `false`: every call is sent exactly once. Default: up to three attempts of what is safe to repeat. */
  readonly retry?: RetryOptions | false | undefined;
  /** Receives `sign`, `credentials.refresh.*`, `retry` and, on Node's own transport, `tls.*`. */
  readonly onEvent?: EventListener | undefined;
}
