import { AwsError } from "../wire/aws-error.ts";
import { headerOf, type ReceivedRequest } from "../wire/received-request.ts";

const prefix = "Bearer sagemaker-api-key-";

/**
 * The presigned request inside a SageMaker bearer token: the token is a presigned `CallWithBearerToken` in base64, with
 * an unsigned version behind it
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html). Undefined when the
 * request carries none.
 *
 * @throws {AwsError} when the token is malformed.
 */
export function tokenRequest(request: ReceivedRequest): ReceivedRequest | undefined {
  const authorization = headerOf(request, "authorization");
  if (authorization?.startsWith("Bearer ") !== true) return undefined;
  const text = Buffer.from(authorization.slice(prefix.length), "base64").toString("utf8");
  const [, host, query] = /^(sagemaker\.amazonaws\.com)\/\?(.+)&Version=1$/.exec(text) ?? [];
  const action = new URLSearchParams(query).get("Action");
  if (
    !authorization.startsWith(prefix) ||
    host === undefined ||
    query === undefined ||
    action !== "CallWithBearerToken"
  ) {
    throw new AwsError("AccessDenied", "The bearer token is not one of SageMaker's.");
  }
  const target = `/?${query}`;
  return {
    ...request,
    method: "POST",
    target,
    url: new URL(target, `https://${host}`),
    headers: [["host", host]],
    body: Buffer.alloc(0),
  };
}
