import { SignerError } from "./error.ts";

/**
 * What a signature is good for: a day, a region and a service.
 *
 * @throws SignerError `INVALID_REGION` or `INVALID_SERVICE`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function credentialScope(day: string, region: string, service: string): string {
  if (!isName(region)) {
    throw new SignerError("INVALID_REGION", "region: expected one such as eu-west-1, for instance from AWS_REGION");
  }
  return `${day}/${region}/${checkService(service)}/aws4_request`;
}

/** @throws SignerError `INVALID_SERVICE`. */
export function checkService(service: string): string {
  if (isName(service)) return service;
  throw new SignerError("INVALID_SERVICE", "service: expected a signing name such as sagemaker");
}

function isName(value: unknown): boolean {
  return typeof value === "string" && /^[\w.-]+$/.test(value);
}
