import { hostSuffix } from "@countersign/signer/endpoints";

/**
 * The names of SageMaker's services, before each the id of a VPC endpoint and its zone.
 * https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
 */
const NAME = /^(vpce-[a-z\d-]+\.)?(?:(?:a2i-|featurestore-)?runtime|api|metrics|edge)/;

/** Admits SageMaker's own hosts in the region, VPC endpoints included, when the service is SageMaker. */
export function sagemakerHosts({ host }: URL, { region, service }: { region: string; service: string }): boolean {
  const [name, vpc] = NAME.exec(host) ?? [];
  // The host is formed anew and compared: a part of it alone proves nothing. No host name ends in a number.
  const suffix = hostSuffix(region) ?? 0;
  return service === "sagemaker" && host === `${name}.sagemaker.${region}.${vpc ? "vpce." : ""}${suffix}`;
}
