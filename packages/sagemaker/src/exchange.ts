import type { Attempt, Attempts, Repeat } from "@countersign/fetch/attempts";
import type { AwsCredentials, Clock, PreparedRequest, Signer } from "@countersign/signer";
import { createDeadline } from "./deadline.ts";
import { SageMakerError } from "./error.ts";
import type { CallOptions } from "./call-options.ts";
import type { Platform, PlatformAnswer } from "./platform-contract.ts";
import type { Service } from "./service.ts";
import { serviceError } from "./service-error.ts";

/** One call: what is signed and sent, as often as is safe and worthwhile. */
interface ExchangeRequest {
  readonly service: Service;
  readonly prepared: PreparedRequest;
  readonly body: string | Uint8Array;
  /** Headers of this call alone. */
  readonly headers: Record<string, string> | undefined;
  readonly repeat: Repeat;
  readonly streamed: boolean;
  readonly options: CallOptions | undefined;
}

/** Sends a request and answers with its success. */
export type Exchange = (request: ExchangeRequest) => Promise<PlatformAnswer>;

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly platform: Platform;
}

/** SageMaker's own limit of 60 seconds and some: credentials are asked to last through an attempt. */
const attemptMs = 70_000;

/**
 * Makes the function through which every operation goes: signs each attempt anew when its connection slot is granted,
 * and turns what is no success into the error to throw.
 */
export function createExchange({ signer, clock, attempts, platform }: ExchangeParts): Exchange {
  function sign(request: ExchangeRequest, attempt: Attempt, signal: AbortSignal | undefined) {
    const { prepared, body, headers, options } = request;
    const minTtlMs = options?.timeoutMs ?? attemptMs;
    const held = signer.credentials.peek();
    if (held !== undefined && lasts(held, minTtlMs) && body.length <= platform.maxSyncBytes) {
      const signed = prepared.signSync(body, headers);
      attempt.signed(held);
      return signed;
    }
    return signPatiently(request, attempt, minTtlMs, signal);
  }

  async function signPatiently(
    { prepared, body, headers }: ExchangeRequest,
    attempt: Attempt,
    minTtlMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string>> {
    await signer.credentials({ minTtlMs, signal });
    const signed = await prepared.sign(body, headers);
    // The credentials may have changed since: the signature itself says which they were.
    const accessKeyId = /Credential=([^/]+)/.exec(signed["authorization"] ?? "")?.[1] ?? "";
    attempt.signed({ accessKeyId });
    return signed;
  }

  function lasts({ expiration }: AwsCredentials, ms: number): boolean {
    return expiration === undefined || expiration.getTime() - clock.now() > ms;
  }

  return async function exchange(request) {
    const { service, prepared, body, repeat, streamed, options } = request;
    const deadline = createDeadline(clock, options?.timeoutMs, options?.signal);
    const { signal } = deadline;
    try {
      const answer = await attempts.run<PlatformAnswer>({
        host: service.host,
        secure: service.secure,
        repeat,
        signal,
        send: (attempt) =>
          platform.send({ url: prepared.url, headers: () => sign(request, attempt, signal), body, signal, streamed }),
        inspect,
        discard,
      });
      if (answer.status >= 200 && answer.status < 300) return answer;
      throw refusal(answer, service.host);
    } catch (error) {
      // An abort reaches us in as many shapes as there are layers; what the caller gave as its reason is the truth.
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      deadline.clear();
    }
  };
}

const inspect = (answer: PlatformAnswer): PlatformAnswer => answer;
// Only an answer that was read to its end is ever replaced by another attempt.
const discard = (): void => {};

function refusal(answer: PlatformAnswer, host: string): SageMakerError {
  if (answer.status >= 400) return serviceError(answer.status, answer.header, answer.bytes);
  return new SageMakerError(
    "REDIRECT_REFUSED",
    `${host} answered with a redirect (status ${answer.status}). AWS's endpoints do not redirect, and a signature is never sent elsewhere: check the endpoint option and what is between here and AWS.`,
    { status: answer.status },
  );
}
