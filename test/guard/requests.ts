import type { Facts } from "@countersign/guard";
import * as fc from "fast-check";
import { bodies, change, groups, subnets } from "../../packages/guard/test/bodies.ts";

/** A request that a posture judges, and the VPC endpoint that it comes through. */
export interface GeneratedRequest {
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly through: string | undefined;
}

/** The network of the postures in these tests. */
export const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  subnets: [...subnets],
  securityGroupIds: [...groups],
  vpcEndpoints: ["vpce-0a1b2c3d"],
};
/** What a field may hold besides its good value: nothing, or something the posture refuses. */
const wrong: readonly (readonly [name: RegExp, values: readonly unknown[]])[] = [
  [/\/(?:Override)?VpcConfig$/, [undefined]],
  [
    /\/(?:Subnets|SubnetIds)$/,
    [["subnet-0fffffffffffffffff"], [subnets[0], "subnet-0fffffffffffffffff"], [subnets[0]]],
  ],
  [/\/SubnetId$/, [undefined, "subnet-0fffffffffffffffff"]],
  [/\/(?:SecurityGroupIds|SecurityGroups)$/, [["sg-0fffffffffffffffff"], [...groups, "sg-0fffffffffffffffff"]]],
  [/^\/SecurityGroupIds$/, [undefined]],
  [/\/EnableNetworkIsolation$/, [undefined, false]],
  [/\/EnableInterContainerTrafficEncryption$/, [undefined, false]],
  [/\/EnableRemoteDebug$/, [true]],
  [/\/DirectInternetAccess$/, [undefined, "Enabled"]],
  [/\/RootAccess$/, [undefined, "Enabled"]],
  [/\/MinimumInstanceMetadataServiceVersion$/, ["1"]],
  [/\/InstanceMetadataServiceConfiguration$/, [undefined]],
  [/\/AppNetworkAccessType$/, [undefined, "PublicInternetOnly"]],
  [/\/RemoteAccess$/, [undefined, "ENABLED"]],
  [/\/(?:VolumeKmsKeyId|KmsKeyId|KmsKey|S3KmsKeyId)$/, [undefined, "alias/aws/sagemaker"]],
  [/\/InstanceCount$/, [1]],
  [/\/InstanceType$/, ["ml.p5.48xlarge", "ml.m5d.4xlarge"]],
  [/\/EnableOnlineStore$/, [false]],
  [/\/StorageType$/, ["InMemory"]],
  [/\/OnlineStoreConfig$|\/OfflineStoreConfig$/, [undefined]],
  [/\/LabelingJobAlgorithmsConfig$/, [undefined]],
  [/\/(?:DefaultUserSettings|DefaultSpaceSettings|DomainSettings)$/, [undefined]],
  [/^\/Specification$/, [undefined]],
  // Optional parents: without them the fields below are absent, which the keys do not tell from a missing value.
  [
    /\/(?:ProcessingOutputConfig|MonitoringJobDefinition|NetworkConfig|DataCaptureConfig|AsyncInferenceConfig|SecurityConfig|AutoMLJobConfig)$/,
    [undefined],
  ],
  [/\/(?:ShadowProductionVariants|TrainingJobDefinitions|InstanceGroups)$/, [undefined]],
];

/** Every request that differs from a good one in the fields above, deepest first so that no change lands in nothing. */
export const requests: fc.Arbitrary<GeneratedRequest> = fc.constantFrom(...Object.keys(bodies)).chain((action) => {
  const places = pointers(bodies[action] ?? {}).flatMap((pointer) => {
    const values = wrong.filter(([name]) => name.test(pointer)).flatMap(([, found]) => found);
    return values.length === 0 ? [] : [{ pointer, values }];
  });
  const changes = fc.tuple(
    ...places.map(({ pointer, values }) =>
      fc.option(fc.constantFrom(...values.map((value) => ({ pointer, value }))), { freq: 2, nil: undefined }),
    ),
  );
  const serverless = fc.constantFrom(undefined, undefined, { MemorySizeInMB: 2048, MaxConcurrency: 5 });
  const through = fc.constantFrom("vpce-0a1b2c3d", "vpce-0fffffff", undefined);
  return fc.tuple(changes, serverless, through).map(([made, config, endpoint]) => {
    let input = structuredClone({ ...bodies[action] }) as Record<string, unknown>;
    for (const one of made.filter((entry) => entry !== undefined).toReversed())
      input = change(input, one.pointer, one.value);
    if (action === "CreateEndpointConfig" && config !== undefined)
      input = change(input, "/ProductionVariants/0/ServerlessConfig", config);
    return { action, input, through: endpoint };
  });
});

function pointers(value: unknown, at = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${at}/${name}`, ...pointers(inner, `${at}/${name}`)]);
}

/** What the guard sees of the connection. */
export function factsOf(through: string | undefined): Facts {
  return {
    host:
      through === undefined
        ? { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false }
        : { name: `${through}-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com`, vpcEndpoint: true },
  };
}

/** Requests that chance makes too seldom to be sure of. */
export const rare: [GeneratedRequest][] = [
  ["CreateFeatureGroup", "/OnlineStoreConfig/SecurityConfig/KmsKeyId"] as const,
  ["CreateFeatureGroup", "/OfflineStoreConfig/S3StorageConfig/KmsKeyId"] as const,
].map(([action, pointer]) => [{ action, input: change(bodies[action] ?? {}, pointer, undefined), through: undefined }]);
