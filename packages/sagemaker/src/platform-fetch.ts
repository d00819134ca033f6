import type { Clock } from "@countersign/signer";
import { SageMakerError } from "./error.ts";
import { noBytes, type Platform, type PlatformAnswer, type PlatformRequest, textOf } from "./platform-contract.ts";

/** SageMaker gives a model 60 seconds; a fetch has no limit of its own. */
const answerMs = 70_000;
/** The longest silence inside a streamed answer. */
const idleMs = 60_000;
// A page may not set these; a runtime derives them from the URL and the body.
const derivedHeaders = ["host", "content-length"];

/** Sends with a `fetch`. */
export function createFetchPlatform(fetch: typeof globalThis.fetch, clock: Clock): Platform {
  if (typeof fetch !== "function") {
    throw new SageMakerError("RUNTIME_UNSUPPORTED", "This runtime has no fetch; pass one as the fetch option.");
  }
  return {
    privateAddresses: false,
    maxSyncBytes: 32 * 1024,
    send: (request) => send(fetch, clock, request),
    async openBidirectional() {
      throw new SageMakerError(
        "RUNTIME_UNSUPPORTED",
        "A bidirectional stream needs HTTP/2 and a request that goes on while the answer arrives, which fetch cannot do: use Node.js.",
      );
    },
    async close() {},
  };
}

async function send(fetch: typeof globalThis.fetch, clock: Clock, request: PlatformRequest): Promise<PlatformAnswer> {
  const { url, headers, body, signal, streamed } = request;
  const limit = createLimit(clock);
  const over = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
  limit.start(answerMs);
  try {
    const signed = { ...(await headers()) };
    for (const name of derivedHeaders) delete signed[name];
    const response = await fetch(url, {
      method: "POST",
      headers: signed,
      body: body as BodyInit,
      redirect: "manual",
      signal: over,
    });
    const streaming = streamed && response.ok;
    const bytes = streaming ? noBytes : new Uint8Array(await response.arrayBuffer());
    return {
      // A page is shown neither where a redirect leads nor its status.
      status: response.type === "opaqueredirect" ? 307 : response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      bytes,
      text: () => textOf(bytes),
      chunks: () => chunks(response, limit, over),
    };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.stop();
  }
}

// Not every runtime lets a ReadableStream be iterated.
async function* chunks(
  { body }: Response,
  limit: Limit,
  over: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  let ended = false;
  // Not every fetch ends a body with its signal: cancelled, a read that waits is over.
  const cancel = (): void => void reader.cancel().catch(() => {});
  over.addEventListener("abort", cancel);
  try {
    for (;;) {
      limit.start(idleMs);
      const { done, value } = await reader.read();
      limit.stop();
      over.throwIfAborted();
      if (done) break;
      yield value;
    }
    ended = true;
  } catch (error) {
    throw over.aborted ? over.reason : error;
  } finally {
    limit.stop();
    over.removeEventListener("abort", cancel);
    // Cancelling an errored stream rejects with the error that is on its way already.
    if (!ended) await reader.cancel().catch(() => {});
  }
}

/** A countdown that can be started again. */
interface Limit {
  readonly signal: AbortSignal;
  start(ms: number): void;
  stop(): void;
}

function createLimit(clock: Clock): Limit {
  const controller = new AbortController();
  let countdown: AbortController | undefined;
  return {
    signal: controller.signal,
    start(ms) {
      countdown = new AbortController();
      clock.sleep(ms, countdown.signal).then(
        () => controller.abort(new SageMakerError("TIMEOUT", `The service did not answer for ${ms / 1000} seconds.`)),
        () => {},
      );
    },
    stop: () => countdown?.abort(),
  };
}
