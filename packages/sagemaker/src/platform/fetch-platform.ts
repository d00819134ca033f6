import { withDeadline } from "../core/deadline.ts";
import { attemptMs, type Platform, type PlatformOptions } from "./contract.ts";
import { textOf } from "../core/text.ts";

/** The longest silence inside a streamed answer. */
const idleMs = 60_000;

/** Sends with a `fetch`, which has no limit of its own. */
export function createFetchPlatform({ signer, clock, fetch = globalThis.fetch }: PlatformOptions): Platform {
  // Not every runtime lets a ReadableStream be iterated, and not every fetch ends a body with its signal.
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
      // Cancelling an errored stream rejects with the error that is on its way already.
      await reader.cancel().catch(() => {});
    }
  }

  return {
    prepare: (template) => async (call, attempt, signal) => {
      const { body, headers, streamed, options } = call;
      const { url, ...signed } = await signer.sign(
        { ...template, headers: { ...template.headers, ...headers }, body },
        { minTtlMs: options?.timeoutMs ?? attemptMs, signal },
      );
      // The signature itself says which credentials made it.
      attempt.signed({ accessKeyId: /Credential=([^/]+)/.exec(signed.headers["authorization"] ?? "")?.[1] ?? "" });
      return withDeadline(attemptMs, "service", clock, signal, async (either) => {
        const response = await fetch(url, { ...(signed as RequestInit), redirect: "manual", signal: either });
        const streaming = streamed && response.ok;
        const bytes = new Uint8Array(streaming ? [] : await response.arrayBuffer());
        return {
          // A page is shown neither where a redirect leads nor its status.
          status: response.type === "opaqueredirect" ? 307 : response.status,
          header: (name) => response.headers.get(name) ?? undefined,
          bytes,
          text: async () => textOf(bytes),
          chunks: () => chunks(response.body?.getReader(), signal),
        };
      });
    },
    keep: (targets) => targets,
    async close() {},
  };
}
