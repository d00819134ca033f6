import { createHash } from "node:crypto";
import type { ClientState } from "../client/client-state.ts";
import { malformed } from "../refusal.ts";
import type { Authenticated } from "./authenticate.ts";
import type { Received } from "./received.ts";

/**
 * The proof of a client that is known by its channel: a Unix socket or a client certificate. Its signature proves nothing
 * and is not verified; its credential scope says what it calls.
 *
 * @param body absent where the body follows.
 * @throws Refusal `ValidationException` for a request without a credential scope, and for chunks.
 */
export function boundProof(state: ClientState, request: Received, body?: Uint8Array): Authenticated {
  const { region, service } = request.claim;
  if (service === "")
    throw malformed("The request must name its Region and service in the credential scope of a signature.");
  const announced = request.headers.get("x-amz-content-sha256") ?? "";
  if (announced.startsWith("STREAMING-"))
    throw malformed("Chunks of a client without a signature prove nothing: send the body with its hash, or unsigned.");
  const shared = { state, region, service, chain: undefined };
  if (body !== undefined)
    return { ...shared, form: "hash", payloadHash: createHash("sha256").update(body).digest("hex") };
  const isHash = /^[\da-f]{64}$/u.test(announced);
  return { ...shared, form: isHash ? "hash" : "unsigned", payloadHash: announced };
}
