import { withDeadline } from "../core/deadline.ts";
import { textOf } from "../core/text.ts";
import { attemptMs, type Platform, type PlatformOptions } from "./contract.ts";
import { fetchAnswer } from "./fetch-answer.ts";

/** Sends with a `fetch`. A `fetch` has no time limits, so they are set here. */
export function createFetchPlatform({ signer, clock, fetch = globalThis.fetch }: PlatformOptions): Platform {
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
          const answer = await fetchAnswer(response, streamed, clock, signal);
          return { ...answer, text: async () => textOf(answer.bytes) };
        });
      },
    keep: (targets) => targets,
    async close() {},
  };
}
