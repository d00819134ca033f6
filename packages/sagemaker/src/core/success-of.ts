import { words } from "@countersign/signer";
import type { PlatformAnswer } from "../platform/contract.ts";
import { SageMakerError } from "./error.ts";
import { serviceError } from "./service-error.ts";

/**
 * The answer, if it is a success.
 *
 * @throws SageMakerError the service's error, or `REDIRECT_REFUSED`.
 */
export function successOf(answer: PlatformAnswer, host: string): PlatformAnswer {
  const { status } = answer;
  if (status < 300) return answer;
  if (status >= 400) throw serviceError(status, answer.header, answer.bytes);
  throw new SageMakerError(
    "REDIRECT_REFUSED",
    words
      ? `${host} answered with a redirect (status ${status}), which is not followed: a signature goes to one host. AWS's endpoints do not redirect; check the endpoint option and the proxies on the way.`
      : host,
    { status },
  );
}
