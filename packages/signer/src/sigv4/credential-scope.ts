import { words } from "#words";
import { refuse } from "../errors/refuse.ts";

/**
 * What a signature is good for: a day, a region and a service.
 *
 * @throws SignerError `INVALID_REGION` or `INVALID_SERVICE`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function credentialScope(day: string, region: string, service: string): string {
  if (!isName(region))
    refuse("INVALID_REGION", words ? "region: must be one such as eu-west-1, often in AWS_REGION" : "region");
  return `${day}/${region}/${checkService(service)}/aws4_request`;
}

/** @throws SignerError `INVALID_SERVICE`. */
export function checkService(service: string): string {
  return isName(service)
    ? service
    : refuse("INVALID_SERVICE", words ? "service: must be a signing name such as sagemaker" : "service");
}

function isName(value: unknown): boolean {
  return typeof value === "string" && /^[\w.-]+$/.test(value);
}
