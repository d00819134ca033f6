import { type Clock, validityOf } from "@countersign/signer";
import { BrokerError, type BrokerErrorCode } from "../../errors/error.ts";
import type { BrokerCredentials } from "../../model/credentials.ts";
import type { Role } from "../../model/role.ts";
import { withDeadline } from "../deadline.ts";
import { VendingError } from "../vending-error.ts";

const REQUEST_MS = 10_000;
/** SDKs give up on a container endpoint after a second. */
const CONTAINER_ANSWER_MS = 900;
/** Cached credentials with more validity than this are served at once, even when the caller asks for more. */
const MIN_SERVED_MS = 60_000;

/** STS refused this caller's session. Other failures are not the caller's: they are answered with 503. */
const DENIED: ReadonlySet<BrokerErrorCode> = new Set(["ACCESS_DENIED", "REVOKED"]);

/**
 * A session's credentials for a caller, within 10 seconds. Valid cached ones are served at once; when they last shorter
 * than `minTtlMs`, they are renewed in the background.
 *
 * @param request its signal is read only when the caller has to wait: @hono/node-server makes a signal when it is read.
 * @throws VendingError `UPSTREAM_DENIED`, `UNAVAILABLE`.
 */
export async function vend(
  role: Role,
  minTtlMs: number,
  clock: Pick<Clock, "now" | "wall" | "monotonic" | "sleep">,
  request?: { readonly signal: AbortSignal },
): Promise<BrokerCredentials> {
  const cached = role.peek();
  const remainingMs = cached === undefined ? 0 : validityOf(cached, clock).mostMs;
  if (cached !== undefined && remainingMs > MIN_SERVED_MS) {
    if (remainingMs < minTtlMs) role.get({ minTtlMs }).catch(() => undefined);
    return cached;
  }
  try {
    return await withDeadline(clock, REQUEST_MS, (ending) => role.get({ minTtlMs, signal: ending }), request?.signal);
  } catch (cause) {
    throw mapFailure(cause);
  }
}

/**
 * The same within 900 ms: if the session is still being fetched, the caller is told to come back. Container sessions
 * must last longer than the SDK's own refresh window, or the SDK would ask again at once.
 */
export async function vendPromptly(role: Role, minTtlMs: number, clock: Clock): Promise<BrokerCredentials> {
  const timer = new AbortController();
  const getting = vend(role, minTtlMs, clock);
  // A later result stays in the broker's cache for the next request.
  getting.catch(() => undefined);
  const timeout = clock.sleep(CONTAINER_ANSWER_MS, timer.signal).then(
    () => {
      throw new VendingError("UNAVAILABLE", "the session is still being fetched", { retryAfterSeconds: 1 });
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([getting, timeout]);
  } finally {
    timer.abort(0);
  }
}

function mapFailure(cause: unknown): VendingError {
  if (cause instanceof VendingError) return cause;
  if (!(cause instanceof BrokerError)) {
    return new VendingError("UNAVAILABLE", "the session cannot be fetched", { cause, retryAfterSeconds: 1 });
  }
  if (DENIED.has(refusalCode(cause))) {
    return new VendingError("UPSTREAM_DENIED", `STS refuses the session: ${cause.message}`, { cause });
  }
  const retryAfterSeconds = Math.max(1, Math.ceil((cause.retryAfterMs ?? 1_000) / 1_000));
  return new VendingError("UNAVAILABLE", cause.message, { cause, retryAfterSeconds });
}

/** The code of the failure itself: an expired session has the failure of its renewal as cause. */
function refusalCode({ code, cause }: BrokerError): BrokerErrorCode {
  return code === "CREDENTIALS_EXPIRED" && cause instanceof BrokerError ? cause.code : code;
}
