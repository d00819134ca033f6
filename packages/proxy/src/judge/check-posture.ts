import type { CallRequest } from "@countersign/guard";
import type { ProxyClient } from "../client/client.ts";
import { denied, Refusal } from "../refusal.ts";

/**
 * Lets the client's guard judge a request.
 *
 * @throws Refusal `AccessDeniedException` for a broken posture, `ServiceUnavailable` if the guard cannot judge.
 */
export async function checkPosture({ guard }: ProxyClient, request: CallRequest, signal: AbortSignal): Promise<void> {
  try {
    await guard?.enforceRequest(request, { signal });
  } catch (error) {
    const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
    if (code === "POSTURE_BROKEN") throw denied(String(message));
    const detail = `${String(code)}: ${String(message)}`;
    throw new Refusal(503, "ServiceUnavailable", "The proxy cannot judge this request at the moment.", detail);
  }
}
