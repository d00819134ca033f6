import { type AwsCredentials, type Clock, words } from "@countersign/signer";
import { FetchError } from "../errors/fetch-error.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { vendedKey } from "./vended-key.ts";

/** The broker's answers that no repetition changes: the token is no good, the grant is gone or not this user's. */
const REFUSALS = new Set([401, 403, 404, 410]);

/** A tab that waits holds up the others. */
const LONGEST_ANSWER_MS = 10_000;

/**
 * What browsers add to a request unless told not to. Set only where the runtime knows them: workerd refuses a field
 * that it does not implement.
 */
const PRIVATELY = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" } as const;

/**
 * Asks the broker for credentials: `POST /v1/vend/<grant>` with the user's bearer token.
 *
 * @throws FetchError `GRANT_REFUSED` or `VENDING_FAILED`.
 */
export async function vend(endpoint: URL, token: string, send: Fetch, clock: Clock): Promise<AwsCredentials> {
  const { href, host, protocol } = endpoint;
  const sentAt = clock.wall();
  let response: Response;
  try {
    response = await send(href, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
      ...("credentials" in Request.prototype && PRIVATELY),
    });
  } catch (cause) {
    throw new FetchError("VENDING_FAILED", words ? `The broker at ${host} could not be reached.` : host, { cause });
  }
  const receivedAt = clock.wall();
  const { headers, ok, status } = response;
  const date = headers.get("date");
  // A refusal's body is given up unread.
  const vended = vendedKey(await (ok ? response.json() : response.body?.cancel())?.catch(() => undefined));
  // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
  if (date !== null && !headers.has("age") && protocol === "https:") {
    // Credentials that were just issued and are over by this clock show, too, that the clock is off.
    const confirmed = vended?.expiration !== undefined && vended.expiration.getTime() <= receivedAt;
    clock.observe({ date: new Date(date), sentAt, receivedAt, confirmed });
  }
  if (vended !== undefined) return vended;
  const refused = REFUSALS.has(status);
  throw new FetchError(
    refused ? "GRANT_REFUSED" : "VENDING_FAILED",
    words
      ? `The broker at ${host} answered ${status}: ${
          ok
            ? "accessKeyId, secretAccessKey, sessionToken or expiration is missing"
            : refused
              ? "the token or the grant is expired, unknown or revoked. The user has to sign in again"
              : "no credentials were vended"
        }.`
      : `${host}: ${status}`,
  );
}
