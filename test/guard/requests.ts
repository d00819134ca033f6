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
  [/\/SubnetIds$|\/VpcId$/, [undefined]],
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
];

const SERVERLESS = { MemorySizeInMB: 2048, MaxConcurrency: 5 };
const variantWith = (value: unknown) => ({ pointer: "/ProductionVariants/0/ServerlessConfig", value });

/** The changes that may be made to the good body of an action. */
function changesOf(action: string): readonly (readonly { readonly pointer: string; readonly value: unknown }[])[] {
  return pointers(bodies[action] ?? {}).flatMap((pointer) => {
    const values = wrong.filter(([name]) => name.test(pointer)).flatMap(([, found]) => found);
    return values.length === 0 ? [] : [values.map((value) => ({ pointer, value }))];
  });
}

/**
 * The objects and lists of the good body. Without such a parent all that stands in it is absent, which the keys of IAM do not
 * tell from a value that is left out.
 */
function parentsOf(action: string): readonly string[] {
  const body = bodies[action] ?? {};
  return pointers(body).filter((pointer) => typeof valueAt(body, pointer) === "object" && !/\/\d+$/.test(pointer));
}

const valueAt = (body: unknown, pointer: string): unknown =>
  pointer
    .slice(1)
    .split("/")
    .reduce<unknown>((holder, name) => (holder as Record<string, unknown> | undefined)?.[name], body);

/** The body with changes, deepest first so that no change lands in nothing. */
function changed(
  action: string,
  made: readonly { readonly pointer: string; readonly value: unknown }[],
): Record<string, unknown> {
  let input = structuredClone({ ...bodies[action] }) as Record<string, unknown>;
  const deepestFirst = made.toSorted((one, other) => other.pointer.split("/").length - one.pointer.split("/").length);
  for (const one of deepestFirst) input = change(input, one.pointer, one.value);
  return input;
}

/** Requests that differ from a good one in the fields above, and lack some optional parents. */
export const requests: fc.Arbitrary<GeneratedRequest> = fc.constantFrom(...Object.keys(bodies)).chain((action) => {
  const changes = fc.tuple(
    ...changesOf(action).map((values) => fc.option(fc.constantFrom(...values), { freq: 2, nil: undefined })),
  );
  const parents = parentsOf(action);
  const absent = parents.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...parents), { maxLength: 2 });
  const serverless = fc.constantFrom(undefined, undefined, SERVERLESS);
  const through = fc.constantFrom("vpce-0a1b2c3d", "vpce-0fffffff", undefined);
  return fc.tuple(changes, absent, serverless, through).map(([made, gone, config, endpoint]) => {
    const own = made.filter((entry) => entry !== undefined);
    const serverlessToo =
      action === "CreateEndpointConfig" && config !== undefined ? [...own, variantWith(config)] : own;
    const input = changed(action, [...serverlessToo, ...gone.map((pointer) => ({ pointer, value: undefined }))]);
    return { action, input, through: endpoint };
  });
});

/**
 * What chance makes too seldom to be sure of: a serverless variant, and every good body with one change, or without one of
 * its objects and lists.
 */
export const rare: [GeneratedRequest][] = [
  [
    {
      action: "CreateEndpointConfig",
      input: changed("CreateEndpointConfig", [variantWith(SERVERLESS)]),
      through: "vpce-0a1b2c3d",
    },
  ],
  ...Object.keys(bodies).flatMap((action) => [
    [{ action, input: changed(action, []), through: undefined }] as [GeneratedRequest],
    ...[
      [],
      ...changesOf(action).flatMap((values) => values.map((one) => [one])),
      ...parentsOf(action).map((pointer) => [{ pointer, value: undefined }]),
    ].map((made): [GeneratedRequest] => [{ action, input: changed(action, made), through: "vpce-0a1b2c3d" }]),
  ]),
];

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
