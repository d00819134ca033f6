import { createPlatform } from "#platform/create-platform";
import { type Attempt, createAttempts, type Repeat } from "@countersign/fetch/attempts";
import { type Clock, createClock, type createSigner, type Signer, words } from "@countersign/signer";
import { withDeadline } from "./deadline.ts";
import { SageMakerError } from "./error.ts";
import { checkSageMakerOptions, type SageMakerOptions } from "./options.ts";
import type { Platform, PlatformAnswer, PlatformCall, Target } from "../platform/contract.ts";
import { createServiceResolver, type Service, type ServiceKind } from "./service.ts";
import { successOf } from "./success-of.ts";

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
   * @throws SageMakerError the service's error, `REDIRECT_REFUSED`, `TIMEOUT`; GuardError, before anything is signed; the
   * signal's reason.
   */
  exchange(target: Target, repeat: Repeat, call: PlatformCall): Promise<PlatformAnswer>;
  /** @throws SageMakerError `CLOSED`. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** Makes a client. Wrong options are refused here, and not by the first call. @param signerOf makes its signer. */
export function createClient(given: SageMakerOptions, signerOf: typeof createSigner): Client {
  const options = checkSageMakerOptions(given);
  const { region, credentials, endpoint, guard, retry, onEvent, clock = createClock() } = options;
  const signer = signerOf({ region, credentials, clock, onEvent });
  const platform = createPlatform(Object.assign(options, { signer, clock }));
  const attempts = createAttempts({ clock, credentials: signer.credentials, retry, onEvent });
  const resolveService = createServiceResolver(region, endpoint);
  const services: { [Kind in ServiceKind]?: Service } = {};
  let closing: Promise<void> | undefined;
  service("sagemaker-runtime");

  return { signer, clock, platform, guard, service, exchange, open, close };

  function service(kind: ServiceKind): Service {
    return (services[kind] ??= resolveService(kind));
  }

  async function exchange(target: Target, repeat: Repeat, call: PlatformCall): Promise<PlatformAnswer> {
    const { host } = target.service;
    const { signal, timeoutMs } = call.options;
    const answer = await (timeoutMs === undefined
      ? sendAll(target, repeat, call, signal)
      : withDeadline(timeoutMs, "call", clock, signal, (either) => sendAll(target, repeat, call, either)));
    return successOf(answer, host);
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
    return guard === undefined || target.action === undefined
      ? run()
      : allowed(target, target.action, signal).then(run);
  }

  async function allowed(
    { service: { hostname }, input }: Target,
    action: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { privateAddresses } = platform;
    await guard?.enforce(action, input, { host: hostname, privateAddresses, signal });
    // The client may have been closed while the guard looked up facts.
    open();
  }

  function open(): void {
    if (closing !== undefined)
      throw new SageMakerError("CLOSED", words ? "this SageMaker client was closed: make another one" : "client");
  }

  function close(): Promise<void> {
    return (closing ??= platform.close());
  }
}

const inspect = (answer: PlatformAnswer): PlatformAnswer => answer;
// Another attempt only ever replaces an answer that was read to its end.
const discard = (): void => {};
