import type { Clock } from "@countersign/signer";
import { readUpTo } from "@countersign/fetch/parts";
import { withDeadline } from "../core/deadline.ts";
import { maxErrorBytes } from "../core/service-error.ts";
import type { PlatformAnswer } from "./contract.ts";

/** The longest silence inside a streamed answer. */
const idleMs = 60_000;

/** Reads a Response: whole, unless it is streamed; of an error the beginning. @param signal ends a streamed body. */
export async function fetchAnswer(
  response: Response,
  streamed: boolean,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<PlatformAnswer> {
  // Not every runtime can iterate a ReadableStream, and not every `fetch` ends a body when its signal aborts.
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      for (;;) {
        const { done, value } = await withDeadline(idleMs, "service", clock, signal, () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      // Cancelling a stream that failed rejects with the error that is being thrown already.
      await reader.cancel().catch(() => {});
    }
  }

  const { body, ok } = response;
  const bytes =
    !ok && body
      ? await readUpTo(body, maxErrorBytes, signal)
      : new Uint8Array(streamed && ok ? [] : await response.arrayBuffer());
  return {
    // A page sees neither the target of a redirect nor its status.
    status: response.type === "opaqueredirect" ? 307 : response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    bytes,
    chunks,
  };
}
