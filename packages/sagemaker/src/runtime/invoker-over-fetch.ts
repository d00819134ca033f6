import { type Clock, words } from "@countersign/signer";
import { withDeadline } from "../core/deadline.ts";
import { SageMakerError } from "../core/error.ts";
import { successOf } from "../core/success-of.ts";
import { attemptMs, type PlatformAnswer } from "../platform/contract.ts";
import { fetchAnswer } from "../platform/fetch-answer.ts";
import type { AskOf } from "./ask.ts";
import { encodeBody, maxInvokeBytes } from "./body.ts";
import { checkEndpointName } from "./endpoint-name.ts";
import { checkCall } from "./header-rule.ts";
import { type Invoker, invokerOver } from "./invoker.ts";

/** What an invoker over a signed fetch is made of. */
export interface FetchInvokerParts {
  /** The address of SageMaker's runtime, without a slash at its end. */
  readonly url: string;
  /** Measures time limits. */
  readonly clock: Clock;
  /** Sends one attempt. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Makes the fetch that signs, from one that limits the time of an attempt: `assembleFetch({ fetch, … })`. */
  readonly signed: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch;
}

/**
 * Makes an invoker of a fetch that signs, retries and refuses redirects by itself: `createInvoker` in its small form.
 * Its caller has checked the parts.
 */
export function invokerOverFetch({ url, clock, fetch, signed }: FetchInvokerParts): Invoker {
  const startedAt = new WeakMap<Response, number>();
  let isClosed = false;

  const send = signed(async (input, init) => {
    const start = clock.monotonic();
    const response = await withDeadline(attemptMs, "service", clock, init?.signal ?? undefined, (signal) =>
      // The options of a signed fetch inherit nothing, and are made for this attempt alone.
      (fetch ?? globalThis.fetch)(input, Object.assign(init as RequestInit, { signal })),
    );
    startedAt.set(response, start);
    return response;
  });

  function open(): void {
    if (isClosed) throw new SageMakerError("CLOSED", words ? "this client was closed: make another one" : "client");
  }

  const askOf: AskOf = (path, rules, streamed) => (endpointName, given, wish) => {
    open();
    const { given: options, headers: more } = checkCall(wish, rules);
    const { data: body, contentType } = encodeBody(given, maxInvokeBytes);
    const address = `${url}/endpoints/${checkEndpointName(endpointName)}/${path}`;
    const headers = { "content-type": options.contentType ?? contentType, ...more };
    const { signal, timeoutMs } = options;

    async function sendAll(either: AbortSignal | undefined): Promise<PlatformAnswer> {
      const response = await send(address, {
        method: "POST",
        headers,
        body: body as BodyInit,
        signal: either as AbortSignal,
        redirect: "manual",
      });
      const leftMs = attemptMs + (startedAt.get(response) ?? 0) - clock.monotonic();
      return withDeadline(leftMs, "service", clock, either, () => fetchAnswer(response, streamed, clock, signal));
    }

    return {
      signal,
      async send() {
        // A stream is sent on its first read, when the client may be closed.
        open();
        const work =
          timeoutMs === undefined ? sendAll(signal) : withDeadline(timeoutMs, "call", clock, signal, sendAll);
        return successOf(await work, url);
      },
    };
  };

  return invokerOver(askOf, async () => {
    isClosed = true;
  });
}
