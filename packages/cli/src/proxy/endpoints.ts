import type { EndpointKind, EndpointOptions } from "@countersign/signer/endpoints";
import type { Session } from "../session.ts";
import type { ProxyFile } from "./config.ts";

const SERVICES: readonly EndpointKind[] = [
  "ecr",
  "s3",
  "sagemaker",
  "sagemaker-a2i-runtime",
  "sagemaker-edge",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-runtime",
  "sagemaker-runtime-http2",
  "sts",
];

/** The configuration's FIPS and dual-stack settings, and for each service what the environment says. */
export function endpointsOf(
  { fips, dualStack }: Pick<ProxyFile, "fips" | "dualStack">,
  session: Pick<Session, "endpoint">,
): Record<string, EndpointOptions> {
  const chosen = { ...(fips !== undefined && { fips }), ...(dualStack !== undefined && { dualStack }) };
  return Object.fromEntries(
    SERVICES.map((service) => {
      const given = session.endpoint(service);
      return [service, given.url === undefined && given.vpcEndpoint === undefined ? { ...given, ...chosen } : given];
    }),
  );
}
