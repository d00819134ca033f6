import type { Clock } from "../clock/clock.ts";
import type { Credentials } from "../credentials/credentials.ts";
import {
  callable,
  clockShape,
  milliseconds,
  optional,
  type Shapes,
  signalShape,
  unchecked,
} from "../errors/check-options.ts";
import type { EventListener } from "../events/event.ts";
import type { SigningSettings } from "../sigv4/settings.ts";
import type { SignOptions } from "./signer.ts";

/** Options of `createSigner`. */
export interface SignerOptions {
  /** Such as `eu-west-1`. Nothing is read from the environment. */
  readonly region: string;
  /** The signing name. Default: `sagemaker`, which is that of every SageMaker API. */
  readonly service?: string | undefined;
  /** Fixed credentials, a provider, or an object with a provider. Providers are asked no more often than needed. */
  readonly credentials: Credentials;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Default: the rules of the service. */
  readonly settings?: SigningSettings | undefined;
  /** Receives `sign` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** The shapes of what `sign` takes besides the request. */
export const signShapes: Shapes<SignOptions> = {
  minTtlMs: optional(milliseconds),
  signal: optional(signalShape),
};

// What is `unchecked` is checked where it is used, by an error of its own.
export const optionShapes: Shapes<SignerOptions> = {
  region: unchecked,
  service: unchecked,
  credentials: unchecked,
  clock: optional(clockShape),
  settings: unchecked,
  onEvent: optional(callable),
};
