import { type PreparedRequest, prepare, type Signer } from "@countersign/signer";
import { type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import { checkEndpointName } from "./endpoint-name.ts";
import { SageMakerError } from "./error.ts";
import { headerValue } from "./header-rule.ts";

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

const kinds: readonly ServiceKind[] = ["sagemaker", "sagemaker-runtime", "sagemaker-runtime-http2"];

const addressOptions: readonly string[] = ["url", "fips", "dualStack", "vpcEndpoint"];

/**
 * Resolves where a service is.
 *
 * @throws SageMakerError `INVALID_OPTION`; SignerError `INVALID_ENDPOINT`, `INVALID_REGION`.
 */
export function resolveService(kind: ServiceKind, region: string, endpoint: SageMakerEndpoint = {}): Service {
  const names = typeof endpoint === "object" && endpoint !== null ? Object.keys(endpoint) : ["is no object"];
  const byKind = names.some((name) => kinds.includes(name as ServiceKind));
  // A misspelt name would send the call, and who may see it, to the public endpoint.
  const stray = names.find((name) => !(byKind ? (kinds as readonly string[]) : addressOptions).includes(name));
  if (stray !== undefined) {
    throw new SageMakerError(
      "INVALID_OPTION",
      `endpoint (${stray}): pass { url }, { fips }, { dualStack } or { vpcEndpoint }, or these by service: ${kinds.join(", ")}.`,
    );
  }
  const options = byKind ? (endpoint as { readonly [Kind in ServiceKind]?: EndpointOptions })[kind] : endpoint;
  const url = resolveUrl({ ...(options as EndpointOptions), service: kind, region });
  return {
    url: url.href.replace(/\/+$/, ""),
    host: url.host,
    hostname: url.hostname,
    secure: url.protocol === "https:",
  };
}

/** Answers with the signing template of an endpoint and a content type. */
export type Templates = (endpointName: string, contentType: string) => PreparedRequest;

/** As many as the signer itself keeps. */
const maxTemplates = 256;

/**
 * Makes the templates of one operation of the runtime. A name or content type is checked when its template is made,
 * so that a call that finds one pays for no check.
 */
export function createTemplates(signer: Signer, service: Service, operation: string): Templates {
  const byType = new Map<string, Map<string, PreparedRequest>>();
  let size = 0;
  return (endpointName, contentType) => {
    const found = byType.get(contentType)?.get(endpointName);
    if (found !== undefined) return found;
    const prepared = prepare(signer, {
      method: "POST",
      url: `${service.url}/endpoints/${checkEndpointName(endpointName)}/${operation}`,
      headers: { "content-type": headerValue("contentType", contentType, { max: 1024, pattern: /\S/ }) },
    });
    if (size++ === maxTemplates) {
      byType.clear();
      size = 1;
    }
    const byName = byType.get(contentType) ?? new Map<string, PreparedRequest>();
    byType.set(contentType, byName.set(endpointName, prepared));
    return prepared;
  };
}
