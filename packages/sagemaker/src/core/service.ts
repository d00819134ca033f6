import { words } from "@countersign/signer";
import { type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import { checkOptions, flag, optional, type Shape, type Shapes, text, unchecked } from "@countersign/signer/options";
import { refuseOption } from "./refuse-option.ts";

/** The three services behind SageMaker's one signing name, and S3, where asynchronous invocations write. */
export type ServiceKind = "sagemaker" | "sagemaker-runtime" | "sagemaker-runtime-http2" | "s3";

/** Endpoint options for all services, or by service: VPC endpoint ids differ between them. */
export type SageMakerEndpoint = EndpointOptions | EndpointByService;

type EndpointByService = { readonly [Kind in ServiceKind]?: EndpointOptions };

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

/** Resolves where a service is, in the region and by the endpoint options that it was made with. */
export type ResolveService = (kind: ServiceKind) => Service;

const addressShapes: Shapes<EndpointOptions> = {
  url: unchecked,
  fips: optional(flag),
  dualStack: optional(flag),
  vpcEndpoint: optional(text),
};
const address: Shape = (value, field, refuse) =>
  checkOptions(plain(value, field) as EndpointOptions, addressShapes, refuse, `${field}.`);
const byServiceShapes: Shapes<EndpointByService> = {
  sagemaker: optional(address),
  "sagemaker-runtime": optional(address),
  "sagemaker-runtime-http2": optional(address),
  s3: optional(address),
};

/**
 * Checks the endpoint options once, and resolves services by them.
 *
 * @throws SageMakerError `INVALID_OPTION`: a misspelt name would otherwise send the call to the public endpoint.
 * From the function also SignerError `INVALID_ENDPOINT`, `INVALID_REGION`.
 */
export function createServiceResolver(region: string, endpoint: SageMakerEndpoint = {}): ResolveService {
  const isByService = Object.keys(plain(endpoint, "endpoint")).some((name) => Object.hasOwn(byServiceShapes, name));
  const optionsOf: (kind: ServiceKind) => EndpointOptions | undefined = isByService
    ? byService(endpoint as EndpointByService)
    : always(address(endpoint, "endpoint", refuseOption) as EndpointOptions);
  return (kind) => {
    const options = Object.assign(Object.create(null) as object, optionsOf(kind));
    const { href, host, hostname, protocol } = resolveUrl(Object.assign(options, { service: kind, region }));
    let end = href.length;
    while (href[end - 1] === "/") end--;
    return { url: href.slice(0, end), host, hostname, secure: protocol === "https:" };
  };
}

function byService(endpoint: EndpointByService): (kind: ServiceKind) => EndpointOptions | undefined {
  const checked = checkOptions(endpoint, byServiceShapes, refuseOption, "endpoint.");
  return (kind) => checked[kind];
}

function always(options: EndpointOptions): () => EndpointOptions {
  return () => options;
}

/** Refuses a URL or a Map given for options: they have no options by name, so every service would stay public. */
function plain(value: unknown, field: string): object {
  if (Object.prototype.toString.call(value) === "[object Object]") return value as object;
  return refuseOption(
    words
      ? `${field}: must be { url }, { fips }, { dualStack } or { vpcEndpoint }, or these by service: { sagemaker, "sagemaker-runtime", "sagemaker-runtime-http2", s3 }`
      : field,
    field,
  );
}
