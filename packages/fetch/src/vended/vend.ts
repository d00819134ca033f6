import type { AwsCredentials, Clock } from "@countersign/signer";
import { FetchError } from "../error.ts";
import type { Fetch } from "../middleware.ts";
import { vendedKey } from "./vended-key.ts";

/** One request to a vending broker. */
export interface VendRequest {
  readonly endpoint: URL;
  readonly token: string;
  readonly send: Fetch;
  readonly clock: Clock;
}

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
export async function vend({ endpoint, token, send, clock }: VendRequest): Promise<AwsCredentials> {
  const sentAt = clock.wall();
  let response: Response;
  try {
    response = await send(endpoint.href, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
      ...(typeof Request === "function" && "credentials" in Request.prototype ? PRIVATELY : {}),
    });
  } catch (cause) {
    throw new FetchError("VENDING_FAILED", `The broker at ${endpoint.host} could not be reached.`, { cause });
  }
  const date = response.headers.get("date");
  if (date !== null && endpoint.protocol === "https:") {
    const age = response.headers.get("age");
    const ageS = age === null ? undefined : Number(age);
    clock.observe({ date: new Date(date), sentAt, receivedAt: clock.wall(), ageS });
  }
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined);
    const answered = `The broker at ${endpoint.host} answered ${response.status}`;
    if (REFUSALS.has(response.status)) {
      throw new FetchError(
        "GRANT_REFUSED",
        `${answered}: the token or the grant is expired, unknown or revoked. The user has to sign in again.`,
      );
    }
    throw new FetchError("VENDING_FAILED", `${answered}: no credentials were vended.`);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  const credentials = readAnswer(answer);
  if (credentials === undefined) {
    throw new FetchError(
      "VENDING_FAILED",
      `The broker at ${endpoint.host} answered without accessKeyId, secretAccessKey, sessionToken and expiration.`,
    );
  }
  return credentials;
}

function readAnswer(answer: unknown): AwsCredentials | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = answer as Readonly<Record<string, unknown>>;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string" || typeof sessionToken !== "string") {
    return undefined;
  }
  const expires = new Date(String(expiration));
  if (accessKeyId === "" || secretAccessKey === "" || sessionToken === "" || Number.isNaN(expires.getTime())) {
    return undefined;
  }
  return vendedKey(accessKeyId, secretAccessKey, sessionToken, expires);
}
