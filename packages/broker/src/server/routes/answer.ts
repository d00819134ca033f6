import type { BrokerCredentials } from "../../model/credentials.ts";
import { rfc3339Seconds } from "./rfc3339.ts";
import type { Exchange } from "../exchange.ts";
import type { VendingError } from "../vending-error.ts";

/** The request that is answered. */
type Answered = Pick<Exchange, "requestId"> & Partial<Pick<Exchange, "headers">>;

/** Headers of every answer with credentials, and of every refusal. */
const HEADERS = Object.freeze({
  "cache-control": "no-store, private",
  pragma: "no-cache",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-type": "application/json",
});

/** Credentials in the format for browser code and Node services. */
export function credentialsAnswer(credentials: BrokerCredentials, exchange: Answered): Response {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return json(200, { accessKeyId, secretAccessKey, sessionToken, expiration: expiration.toISOString() }, exchange);
}

/**
 * Credentials in the format of the SDKs' container provider: all fields are text, and the expiry has whole seconds and
 * ends in `Z`, as some SDKs require.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function containerAnswer(credentials: BrokerCredentials, roleArn: string, exchange: Answered): Response {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials;
  return json(
    200,
    {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: rfc3339Seconds(expiration),
      ...(accountId === undefined ? {} : { AccountId: accountId }),
      RoleArn: roleArn,
    },
    exchange,
  );
}

/** A refusal. Callers do not see its message; the request id finds it in the audit trail. */
export function refusalAnswer(
  error: VendingError,
  { forContainer, ...answered }: Answered & { readonly forContainer: boolean },
): Response {
  const { requestId } = answered;
  const body = forContainer
    ? { Code: error.code, Message: `refused; request ${requestId}` }
    : { error: error.code, requestId };
  return json(error.status, body, answered, error.retryAfterSeconds);
}

function json(status: number, body: object, { requestId, headers }: Answered, retryAfterSeconds?: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...HEADERS,
      ...headers,
      "x-request-id": requestId,
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
  });
}
