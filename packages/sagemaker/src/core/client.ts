import { type Attempt, createAttempts, type Repeat } from "@countersign/fetch/attempts";
import { type Clock, createClock, createSigner, type Signer, words } from "@countersign/signer";
import { createPlatform } from "#platform/create-platform";
import { withDeadline } from "./deadline.ts";
import { SageMakerError } from "./error.ts";
import type { SageMakerOptions } from "./options.ts";
import type { Platform, PlatformAnswer, PlatformCall, Target } from "../platform/contract.ts";
import { resolveService, type Service, type ServiceKind } from "./service.ts";
import { serviceError } from "./service-error.ts";

/** What the operations of one client share. */
export interface Client {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly platform: Platform;
  readonly guard: SageMakerOptions["guard"];
  /** Where a service is; resolved on its first use. */
  readonly service: (kind: ServiceKind) => Service;
  /**
   * Sends a call as often as is safe and worthwhile, each time signed anew, and answers with its success.
   *
   * @throws SageMakerError what the service answered instead, `REDIRECT_REFUSED`, `TIMEOUT`; what the guard says, before
   * anything is signed; the signal's reason.
   */
  exchange(target: Target, repeat: Repeat, call: PlatformCall): Promise<PlatformAnswer>;
  /** @throws SageMakerError `CLOSED`. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** Makes what a client needs from its options, and tells at once when they are wrong. */
export function createClient(options: SageMakerOptions): Client {
  const { region, credentials, endpoint, guard, retry, onEvent, clock = createClock() } = options;
  if (guard !== undefined && typeof guard?.enforce !== "function") {
    throw new SageMakerError(
      "INVALID_OPTION",
      words ? "guard must be what createGuard answers, not the name of a posture." : "guard",
    );
  }
  const signer = createSigner({ region, credentials, clock, onEvent });
  const platform = createPlatform({ ...options, signer, clock });
  const attempts = createAttempts({ clock, credentials: signer.credentials, retry, onEvent });
  const services: { [Kind in ServiceKind]?: Service } = {};
  let closing: Promise<void> | undefined;
  service("sagemaker-runtime");

  return { signer, clock, platform, guard, service, exchange, open, close };

  function service(kind: ServiceKind): Service {
    return (services[kind] ??= resolveService(kind, region, endpoint));
  }

  async function exchange(target: Target, repeat: Repeat, call: PlatformCall): Promise<PlatformAnswer> {
    const { host } = target.service;
    const { signal, timeoutMs } = call.options ?? noOptions;
    const answer = await (timeoutMs === undefined
      ? sendAll(target, repeat, call, signal)
      : withDeadline(timeoutMs, "call", clock, signal, (either) => sendAll(target, repeat, call, either)));
    const { status } = answer;
    if (status < 300) return answer;
    if (status >= 400) throw serviceError(status, answer.header, answer.bytes);
    throw new SageMakerError(
      "REDIRECT_REFUSED",
      words
        ? `${host} answered with a redirect (status ${status}). AWS's endpoints do not redirect, and a signature is never sent elsewhere: check the endpoint option and what is between here and AWS.`
        : host,
      { status },
    );
  }

  function sendAll(
    target: Target,
    repeat: Repeat,
    call: PlatformCall,
    signal: AbortSignal | undefined,
  ): Promise<PlatformAnswer> {
    const { host, secure } = target.service;
    const send = (attempt: Attempt): Promise<PlatformAnswer> => target.send(call, attempt, signal);
    const run = (): Promise<PlatformAnswer> => attempts.run({ host, secure, repeat, signal, send, inspect, discard });
    // Without a guard there is nothing to wait for.
    return guard === undefined ? run() : allowed(target, signal).then(run);
  }

  async function allowed({ service: { hostname }, action, input }: Target, signal?: AbortSignal): Promise<void> {
    const { privateAddresses } = platform;
    await guard?.enforce(action, input, { host: hostname, privateAddresses, signal });
    // The guard may have taken its time.
    open();
  }

  function open(): void {
    if (closing !== undefined)
      throw new SageMakerError("CLOSED", words ? "This SageMaker client was closed." : "client");
  }

  function close(): Promise<void> {
    return (closing ??= platform.close());
  }
}

const noOptions: PlatformCall["options"] & object = {};
const inspect = (answer: PlatformAnswer): PlatformAnswer => answer;
// Only an answer that was read to its end is ever replaced by another attempt.
const discard = (): void => {};
