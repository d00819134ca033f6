import type { Input } from "../model/validate.ts";
import { table } from "../table.ts";
import { type ControlPlane, kindOf, timesOf } from "./control-plane.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";

/** Every member that answers may have about a resource. The answer's shape picks among them. */
export function knownMembers(plane: ControlPlane, resource: Resource): Input {
  const kind = kindOf(plane, resource.kind);
  const { members, arn, status } = resource;
  const own: Input = {
    ...aliases(kind, members),
    Arn: arn,
    ...(resource.name === "" ? {} : { Name: resource.name }),
    ...(status === undefined ? {} : { Status: status, State: status, [`${kind.noun}Status`]: status }),
    ...members,
    ...(kind.status === undefined ? {} : { [kind.status.member]: status }),
    ...timesOf(resource),
    [kind.arn]: arn,
  };
  return { ...own, ...derived[kind.noun]?.(resource, plane) };
}

function aliases({ facts }: ResourceKind, members: Input): Input {
  return Object.fromEntries(Object.entries(facts.aliases ?? {}).map(([alias, member]) => [alias, members[member]]));
}

/** Members that SageMaker works out from others, by noun. */
const derived = table<(resource: Resource, plane: ControlPlane) => Input>({
  Cluster: ({ members }) => ({ InstanceGroups: instanceGroups(members) }),
  CompilationJob: ({ members }) => ({ ModelArtifacts: { S3ModelArtifacts: outputOf(members, "S3OutputLocation") } }),
  Domain: ({ members, region }) => ({
    HomeEfsFileSystemId: `fs-${idOf(members["DomainId"])}`,
    Url: `https://${String(members["DomainId"])}.studio.${region}.sagemaker.aws`,
  }),
  Endpoint: (resource, plane) => ({ ProductionVariants: variantsOf(resource, plane) }),
  Image: ({ members }) => ({ Description: members["Description"] }),
  LabelingJob: () => ({
    LabelCounters: { TotalLabeled: 0, HumanLabeled: 0, MachineLabeled: 0, FailedNonRetryableError: 0, Unlabeled: 0 },
    JobReferenceCode: "local",
  }),
  MlflowTrackingServer: ({ name, region }) => ({
    TrackingServerUrl: `https://${name}.mlflow.${region}.sagemaker.aws`,
    IsActive: "Active",
  }),
  NotebookInstance: ({ name, region }) => ({ Url: `${name}.notebook.${region}.sagemaker.aws` }),
  TrainingJob: ({ members, name, status }) => ({
    SecondaryStatus: status === "InProgress" ? "Starting" : status,
    ModelArtifacts: { S3ModelArtifacts: `${outputOf(members, "S3OutputPath")}/${name}/output/model.tar.gz` },
  }),
});

function outputOf(members: Input, member: string): string {
  const config = members["OutputDataConfig"] ?? members["OutputConfig"];
  const location = (config as Input | undefined)?.[member];
  return typeof location === "string" ? location.replace(/\/$/, "") : "s3://local";
}

function idOf(value: unknown): string {
  return String(value).replace(/^d-/, "");
}

function instanceGroups(members: Input): readonly unknown[] {
  const groups = Array.isArray(members["InstanceGroups"]) ? (members["InstanceGroups"] as readonly Input[]) : [];
  return groups.map((group) => ({
    ...group,
    CurrentCount: group["InstanceCount"],
    TargetCount: group["InstanceCount"],
  }));
}

/** An endpoint shows the variants of its configuration as they are deployed. */
function variantsOf(resource: Resource, plane: ControlPlane): readonly unknown[] | undefined {
  const config = plane.resources
    .of("EndpointConfig", resource)
    .find(({ name }) => name === resource.members["EndpointConfigName"]);
  const variants = config?.members["ProductionVariants"];
  if (!Array.isArray(variants)) return undefined;
  const weights = resource.members["DesiredWeightsAndCapacities"];
  return (variants as readonly Input[]).map((variant) => {
    const desired = (Array.isArray(weights) ? (weights as readonly Input[]) : []).find(
      (each) => each["VariantName"] === variant["VariantName"],
    );
    const count = desired?.["DesiredInstanceCount"] ?? variant["InitialInstanceCount"];
    const weight = desired?.["DesiredWeight"] ?? variant["InitialVariantWeight"] ?? 1;
    return {
      ...variant,
      CurrentInstanceCount: count,
      DesiredInstanceCount: count,
      CurrentWeight: weight,
      DesiredWeight: weight,
    };
  });
}
