import { SignerError } from "../errors/error.ts";
import { isRecord } from "../errors/is-record.ts";
import { own } from "../errors/own.ts";
import type { EndpointKind, EndpointOptions } from "./endpoint.ts";

/**
 * Reads the endpoint settings that AWS tools share from an environment: `AWS_ENDPOINT_URL_<SERVICE>` before
 * `AWS_ENDPOINT_URL`, `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @throws SignerError `INVALID_OPTION` for a flag that is neither `true` nor `false`.
 *
 * @example
 * resolveEndpoint({ service: "sts", region: "eu-west-1", ...endpointOptionsFromEnv(process.env, "sts") });
 */
export function endpointOptionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  service: EndpointKind,
): EndpointOptions {
  if (!isRecord(env)) throw new SignerError("INVALID_OPTION", "env: must be an object");
  if (typeof service !== "string" || !service)
    throw new SignerError("INVALID_SERVICE", "service: must be one such as sts");
  const suffix =
    service === "sagemaker-job-runtime" ? "SAGEMAKERJOBRUNTIME" : service.toUpperCase().replaceAll("-", "_");
  const fips = flag(env, "AWS_USE_FIPS_ENDPOINT");
  const dualStack = flag(env, "AWS_USE_DUALSTACK_ENDPOINT");
  const url = flag(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    ? undefined
    : own(env, `AWS_ENDPOINT_URL_${suffix}`) || own(env, "AWS_ENDPOINT_URL");
  return { ...(url && { url }), ...(fips && { fips }), ...(dualStack && { dualStack }) };
}

function flag(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  const given: unknown = own(env, name);
  const value = typeof given === "string" ? given.toLowerCase() : "";
  if (value !== "" && value !== "true" && value !== "false") {
    throw new SignerError("INVALID_OPTION", `${name}: must be true or false`);
  }
  return value === "true";
}
