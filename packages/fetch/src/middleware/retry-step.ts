import { type AttemptsOptions, attemptsOf } from "../attempts/create-attempts.ts";
import { repeatOf } from "../attempts/repeat.ts";
import { isStream } from "../call/outgoing.ts";
import { readUpTo } from "../call/read-up-to.ts";
import { beginning } from "./beginning.ts";
import type { Step } from "./step.ts";
import { DRAINED_BYTES, ERROR_TEXT_MS } from "./limits.ts";

/** The loop of `createAttempts` as a step, with options that were checked. */
export function retryStep(options: AttemptsOptions): Step {
  const attempts = attemptsOf(options);

  return (next) =>
    async function sendAsOftenAsIsSafe(call) {
      const { url, init } = call;
      const { method, headers, body, signal } = init;
      return attempts.run<Response>({
        host: url.host,
        secure: url.protocol === "https:",
        repeat: isStream(body) ? "never" : repeatOf({ method, url, header: (name) => headers.get(name) }),
        signal,
        send: (attempt) => next(call, attempt.signed),
        inspect: (response) => ({
          status: response.status,
          header: (name) => response.headers.get(name),
          text: () => beginning(response),
        }),
        discard,
      });
    };
}

function discard({ headers, body }: Response): void {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  // Bounded again, because a compressed body can be much longer than its content-length.
  const released =
    body &&
    (length <= DRAINED_BYTES ? readUpTo(body, DRAINED_BYTES, AbortSignal.timeout(ERROR_TEXT_MS)) : body.cancel());
  released?.catch(() => undefined);
}
