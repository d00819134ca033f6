/**
 * The names in the servers' certificates: loopback, and the hosts of AWS that a client may be pointed at by a lookup of
 * its own, VPC endpoints included.
 */
export function serverNames(regions: readonly string[]): readonly string[] {
  const ofRegion = (region: string): readonly string[] => [
    `*.sagemaker.${region}.amazonaws.com`,
    `*.sagemaker.${region}.api.aws`,
    `*.api.sagemaker.${region}.vpce.amazonaws.com`,
    `*.runtime.sagemaker.${region}.vpce.amazonaws.com`,
    `sts.${region}.amazonaws.com`,
    `sts-fips.${region}.amazonaws.com`,
    `*.sts.${region}.vpce.amazonaws.com`,
    `api.ecr.${region}.amazonaws.com`,
    `*.api.ecr.${region}.vpce.amazonaws.com`,
    `ec2.${region}.amazonaws.com`,
    `rolesanywhere.${region}.amazonaws.com`,
    `*.rolesanywhere.${region}.vpce.amazonaws.com`,
    `*.ec2.${region}.vpce.amazonaws.com`,
  ];
  return ["localhost", "127.0.0.1", "::1", "sts.amazonaws.com", ...regions.flatMap(ofRegion)];
}
