import { withDeadline } from "../core/deadline.ts";
import { textOf } from "../core/text.ts";
import { attemptMs, type Platform, type PlatformOptions } from "./contract.ts";
import { firstBytes } from "./first-bytes.ts";

/** The longest silence inside a streamed answer. */
const idleMs = 60_000;

/** Sends with a `fetch`. A `fetch` has no time limits, so they are set here. */
export function createFetchPlatform({ signer, clock, fetch = globalThis.fetch }: PlatformOptions): Platform {
  // Not every runtime can iterate a ReadableStream, and not every `fetch` ends a body when its signal aborts.
  async function* chunks(
    reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
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

  return {
    prepare:
      (template, by = signer) =>
      async (call, attempt, signal) => {
        const { body, headers, streamed, options } = call;
        const {
          url,
          method,
          headers: signedHeaders,
          accessKeyId,
        } = await by.sign(
          { ...template, headers: { ...template.headers, ...headers }, body },
          { minTtlMs: options.timeoutMs ?? attemptMs, signal },
        );
        attempt.signed({ accessKeyId });
        return withDeadline(attemptMs, "service", clock, signal, async (either) => {
          // `fetch` reads inherited members too, such as Node's `dispatcher`: these options inherit nothing.
          const init = Object.create(null) as RequestInit;
          const response = await fetch(
            url,
            Object.assign(init, { method, headers: signedHeaders, body, redirect: "manual", signal: either }),
          );
          const reading = (): AsyncIterable<Uint8Array> => chunks(response.body?.getReader(), signal);
          const bytes = response.ok
            ? new Uint8Array(streamed ? [] : await response.arrayBuffer())
            : await firstBytes(reading());
          return {
            // A page sees neither the target of a redirect nor its status.
            status: response.type === "opaqueredirect" ? 307 : response.status,
            header: (name) => response.headers.get(name) ?? undefined,
            bytes,
            text: async () => textOf(bytes),
            chunks: reading,
          };
        });
      },
    keep: (targets) => targets,
    async close() {},
  };
}
