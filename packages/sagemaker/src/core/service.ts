import { words } from "@countersign/signer";
import { type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import { SageMakerError } from "./error.ts";

/** The three services behind SageMaker's one signing name. */
export type ServiceKind = "sagemaker" | "sagemaker-runtime" | "sagemaker-runtime-http2";

/** Endpoint options for all services, or by service: VPC endpoint ids differ between them. */
export type SageMakerEndpoint = EndpointOptions | { readonly [Kind in ServiceKind]?: EndpointOptions };

/** Where a service is. */
export interface Service {
  /** Without a slash at its end. */
  readonly url: string;
  /** With the port where it is not 443. */
  readonly host: string;
  /** Without the port. */
  readonly hostname: string;
  /** Reached over TLS. */
  readonly secure: boolean;
}

const kinds = /^sagemaker(?:-runtime(?:-http2)?)?$/;
const addressOptions = /^(?:url|fips|dualStack|vpcEndpoint)$/;

/**
 * Resolves where a service is.
 *
 * @throws SageMakerError `INVALID_OPTION`; SignerError `INVALID_ENDPOINT`, `INVALID_REGION`.
 */
export function resolveService(kind: ServiceKind, region: string, endpoint: SageMakerEndpoint = {}): Service {
  const names =
    endpoint === Object(endpoint) && !(endpoint instanceof URL) ? Object.keys(endpoint) : ["is no set of options"];
  const byKind = names.some((name) => kinds.test(name));
  // A misspelt name would send the call, and who may see it, to the public endpoint.
  const stray = names.find((name) => !(byKind ? kinds : addressOptions).test(name));
  if (stray !== undefined) {
    throw new SageMakerError(
      "INVALID_OPTION",
      words
        ? `endpoint (${stray}): pass { url }, { fips }, { dualStack } or { vpcEndpoint }, or these by service: sagemaker, sagemaker-runtime, sagemaker-runtime-http2.`
        : `endpoint: ${stray}`,
    );
  }
  const options = byKind ? (endpoint as { readonly [Kind in ServiceKind]?: EndpointOptions })[kind] : endpoint;
  const { href, host, hostname, protocol } = resolveUrl({ ...(options as EndpointOptions), service: kind, region });
  return { url: href.replace(/\/+$/, ""), host, hostname, secure: protocol === "https:" };
}
