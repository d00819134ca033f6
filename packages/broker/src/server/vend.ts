import type { Clock } from "@countersign/signer";
import type { BrokerCredentials } from "../model/credentials.ts";
import { BrokerError, type BrokerErrorCode } from "../errors/error.ts";
import type { Role } from "../model/role.ts";
import { VendingError } from "./vending-error.ts";

/** SDKs give up on a container endpoint after a second. */
const CONTAINER_ANSWER_MS = 900;

const DENIED: ReadonlySet<BrokerErrorCode> = new Set([
  "ACCESS_DENIED",
  "REQUEST_REJECTED",
  "INVALID_SPEC",
  "SOURCE_REJECTED",
  "REVOKED",
]);

/**
 * A session's credentials for somebody outside.
 *
 * @throws VendingError `UPSTREAM_DENIED`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
 */
export async function vend(role: Role, minTtlMs: number, signal: AbortSignal): Promise<BrokerCredentials> {
  try {
    return await role.get({ minTtlMs, signal });
  } catch (cause) {
    throw mapFailure(cause);
  }
}

/**
 * The same within 900 ms: from the cache, or a refusal that asks to come back while the session is being fetched.
 * Containers need sessions that outlive their SDK's own window, or they would ask again at once.
 */
export async function vendPromptly(role: Role, minTtlMs: number, clock: Clock): Promise<BrokerCredentials> {
  const timer = new AbortController();
  const getting = role.get({ minTtlMs });
  // What comes too late is kept by the broker for the next question.
  getting.catch(() => undefined);
  const timeout = clock.sleep(CONTAINER_ANSWER_MS, timer.signal).then(
    () => {
      throw new VendingError("UNAVAILABLE", "the session is still being fetched", { retryAfterSeconds: 1 });
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([getting, timeout]);
  } catch (cause) {
    throw mapFailure(cause);
  } finally {
    timer.abort();
  }
}

function mapFailure(cause: unknown): VendingError {
  if (cause instanceof VendingError) return cause;
  if (!(cause instanceof BrokerError))
    return new VendingError("UNAVAILABLE", "the session could not be had", { cause });
  const retryAfterSeconds = Math.max(1, Math.ceil((cause.retryAfterMs ?? 1_000) / 1_000));
  if (DENIED.has(cause.code))
    return new VendingError("UPSTREAM_DENIED", `STS gives no session: ${cause.message}`, { cause });
  if (cause.code === "OVERLOADED")
    return new VendingError("TOO_MANY_REQUESTS", cause.message, { cause, retryAfterSeconds });
  return new VendingError("UNAVAILABLE", cause.message, { cause, retryAfterSeconds });
}
