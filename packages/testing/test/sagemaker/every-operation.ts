import { randomUUID } from "node:crypto";
import { readModel } from "../../src/model/model.ts";
import { sample } from "../../src/model/sample.ts";
import type { StructureShape } from "../../src/model/shape.ts";
import type { Aws, ResourceSpec } from "../../src/index.ts";
import { control, type Sent } from "../send.ts";

export const model = readModel("sagemaker");

type Json = Record<string, unknown>;

/** An answer of an operation, and what was asked. */
export interface Answered {
  readonly operation: string;
  readonly input: Json;
  readonly sent: Sent & { readonly json: Json };
}

/** Kinds in an order in which what they refer to exists before they do. */
const first = [
  "Model",
  "EndpointConfig",
  "Endpoint",
  "Domain",
  "UserProfile",
  "Space",
  "Cluster",
  "Experiment",
  "Trial",
  "TrialComponent",
  "CompilationJob",
  "DeviceFleet",
  "Hub",
  "Image",
  "ModelCard",
  "ModelPackageGroup",
  "Pipeline",
];
const notKinds =
  /^Create(?:Presigned\w+|PartnerAppPresignedUrl|HubContentPresignedUrls|HubContentReference|EdgeDeploymentStage)$/;

/** Nouns that `Create` makes, parents first. */
export function nouns(): readonly string[] {
  const all = [...model.operations.keys()].filter((name) => name.startsWith("Create") && !notKinds.test(name));
  const rest = all.map((name) => name.slice(6)).filter((noun) => !first.includes(noun));
  return [...first, ...rest];
}

/** Members that a smallest input leaves out although the operation needs them. */
const needed: Readonly<Record<string, Json>> = {
  BatchDeleteClusterNodes: { NodeIds: ["i-00000000000000001"] },
  CreateApp: { UserProfileName: "a" },
  CreateCluster: {
    InstanceGroups: [
      {
        InstanceGroupName: "g",
        InstanceType: "ml.c5.large",
        InstanceCount: 2,
        ExecutionRole: "arn:aws:iam::123456789012:role/r",
      },
    ],
  },
  CreateModelPackage: { ModelPackageName: "a" },
  CreatePipeline: { PipelineDefinition: '{"Version":"2020-12-01","Steps":[{"Name":"s","Type":"Training"}]}' },
  StartPipelineExecution: { PipelineParameters: [{ Name: "token", Value: "a".repeat(10) }] },
  SendPipelineExecutionStepFailure: { CallbackToken: "a".repeat(10) },
  SendPipelineExecutionStepSuccess: { CallbackToken: "a".repeat(10) },
  BatchAddClusterNodes: { NodesToAdd: [{ InstanceGroupName: "g", IncrementTargetCountBy: 1 }] },
  CreateArtifact: { ArtifactName: "a" },
};

/** A smallest valid input, with the names and ARNs of resources that exist. */
export function inputOf(operation: string, known: Json): Json {
  const { input } = model.operations.get(operation) ?? { input: "" };
  if (input === "") return {};
  const smallest = sample(model, input, 1_700_000_000) as Json;
  const { members } = model.shape(input) as StructureShape;
  const found = Object.fromEntries(
    [...members.values()]
      .filter(({ name, required }) => required && name in known)
      .map(({ name }) => [name, known[name]]),
  );
  return deepened({ ...smallest, ...found, ...needed[operation] }, known);
}

/** Production variants name a model that exists. */
function deepened(input: Json, known: Json): Json {
  return JSON.parse(JSON.stringify(input), (key, value: unknown) =>
    key === "ModelName" ? (known["ModelName"] ?? value) : value,
  ) as Json;
}

/** Members by which resources are found, as answers of `Create` and inputs tell them. */
const shared = /(?:Name|Arn|Id)$/;

/** Calls one operation and remembers, in `known`, the names, ids and ARNs that it made. */
export async function call(aws: Aws, operation: string, known: Json, change: Json = {}): Promise<Answered> {
  const tokens = { ClientToken: randomUUID(), ClientRequestToken: randomUUID() };
  const asked: Json = { ...inputOf(operation, known), ...change };
  const input = Object.fromEntries(
    Object.entries(asked).map(([key, value]) => [key, key in tokens ? tokens[key as keyof typeof tokens] : value]),
  );
  const sent = await control(aws, operation, input);
  return { operation, input, sent };
}

/** Creates a resource and returns the members by which it is found. */
export async function make(
  aws: Aws,
  noun: string,
  known: Json,
  name?: string,
): Promise<Answered & { readonly keys: Json }> {
  const operation = `Create${noun}`;
  const member = nameMember(noun);
  const made = await call(
    aws,
    operation,
    { ...known },
    member === undefined || name === undefined ? {} : { [member]: name },
  );
  const keys = Object.fromEntries(
    [...Object.entries(made.input), ...Object.entries(made.sent.json)].filter(
      ([key, value]) => shared.test(key) && typeof value === "string",
    ),
  );
  return { ...made, keys };
}

/** The member that names a new resource. */
export function nameMember(noun: string): string | undefined {
  const input = model.operations.get(`Create${noun}`)?.input ?? "";
  const { members } = model.shape(input) as StructureShape;
  return [`${noun.replace(/V2$/, "")}Name`, "Name", "JobDefinitionName", "JobName", "TrackingServerName"].find((name) =>
    members.has(name),
  );
}

/** Resources that no operation creates. */
export const seeds: readonly ResourceSpec[] = [
  {
    kind: "ReservedCapacity",
    members: {
      ReservedCapacityArn: "arn:aws:sagemaker:us-east-1:123456789012:reserved-capacity/a",
      InstanceType: "ml.p5.48xlarge",
      TotalInstanceCount: 1,
    },
  },
  {
    kind: "SubscribedWorkteam",
    members: { WorkteamArn: "arn:aws:sagemaker:us-east-1:123456789012:workteam/vendor-crowd/a", MarketplaceTitle: "a" },
  },
  {
    kind: "JobSchemaVersion",
    members: { JobCategory: "AgentRFT", JobConfigSchemaVersion: "1.0.0", JobConfigSchema: "{}" },
  },
  { kind: "LineageGroup", members: { LineageGroupName: "group" } },
];

/** Calls every operation once, in an order in which each can succeed. */
export async function answerAll(aws: Aws): Promise<ReadonlyMap<string, Answered>> {
  const answers = new Map<string, Answered>();
  const known: Json = Object.assign({}, ...seeds.map(({ members }) => members)) as Json;
  known["LineageGroupName"] = "group";
  const keysOf = new Map<string, Json>();
  const ask = async (operation: string, keys: Json = {}, change: Json = {}): Promise<Answered> => {
    const answered = await call(aws, operation, { ...known, ...keys }, change);
    answers.set(operation, answered);
    return answered;
  };
  for (const noun of nouns()) {
    const made = await make(aws, noun, known, `a${noun.toLowerCase().slice(0, 20)}`);
    answers.set(made.operation, made);
    keysOf.set(noun, made.keys);
    for (const [key, value] of Object.entries(made.keys))
      if (key.startsWith(noun) || !(key in known)) known[key] = value;
  }
  await prepare(ask, known);
  const deletes = (name: string): boolean => /^(?:Delete|Deregister|Detach|Disassociate)/.test(name);
  const rest = [...model.operations.keys()].filter((name) => !answers.has(name));
  const nounOf = (name: string): string | undefined =>
    nouns()
      .filter((noun) => name.includes(noun))
      .toSorted((a, b) => b.length - a.length)[0];
  const order = (name: string): number =>
    name.startsWith("Stop") ? 2 : name.startsWith("Start") ? 3 : name.startsWith("Update") ? 4 : 1;
  for (const name of rest.filter((each) => !deletes(each)).toSorted((a, b) => order(a) - order(b))) {
    if (/^(?:Update|Start)NotebookInstance$/.test(name)) await call(aws, "StopNotebookInstance", known);
    await ask(name, keysOf.get(nounOf(name) ?? ""));
  }
  await call(aws, "StopNotebookInstance", known);
  const last = nouns().toReversed();
  const rank = (name: string): number => (name.startsWith("Delete") ? last.indexOf(name.slice(6)) : -1);
  for (const name of rest.filter(deletes).toSorted((a, b) => rank(a) - rank(b)))
    await ask(
      name,
      keysOf.get(nounOf(name) ?? ""),
      name === "DeleteArtifact" ? { ArtifactArn: known["ArtifactArn"] } : {},
    );
  return answers;
}

/** What some operations need before they can succeed, beside resources. */
async function prepare(
  ask: (operation: string, keys?: Json, change?: Json) => Promise<Answered>,
  known: Json,
): Promise<void> {
  const tagged = { ResourceArn: known["ModelArn"] };
  await ask("AddTags", {}, { ...tagged, Tags: [{ Key: "team", Value: "a" }] });
  await ask("ListTags", {}, tagged);
  await ask("DeleteTags", {}, { ...tagged, TagKeys: ["team"] });
  const edge = { SourceArn: known["ArtifactArn"], DestinationArn: known["ActionArn"] };
  await ask("AddAssociation", {}, edge);
  await ask("QueryLineage", {}, { StartArns: [edge.SourceArn] });
  await ask("DeleteAssociation", {}, edge);
  await ask(
    "CreateEdgeDeploymentStage",
    {},
    { Stages: [{ StageName: "a", DeviceSelectionConfig: { DeviceSubsetType: "PERCENTAGE", Percentage: 100 } }] },
  );
  Object.assign(known, {
    StageName: "a",
    HubContentType: "Model",
    HubContentName: "content",
    HubContentVersion: "1.0.0",
  });
  await ask("ImportHubContent");
  await ask("CreateHubContentReference", {}, { HubContentName: "content-2" });
  await ask("DescribeHubContent");
  await ask("UpdateHubContent");
  await ask("UpdateHubContentReference", { HubContentType: "ModelReference", HubContentName: "content-2" });
  await ask("DeleteHubContentReference", { HubContentType: "ModelReference", HubContentName: "content-2" });
  await ask("RegisterDevices", {}, { Devices: [{ DeviceName: "device-1" }] });
  await ask("UpdateDevices", {}, { Devices: [{ DeviceName: "device-1", Description: "new" }] });
  Object.assign(known, { DeviceName: "device-1", DeviceNames: ["device-1"] });
  await ask("PutModelPackageGroupPolicy");
  const started = await ask("StartPipelineExecution");
  known["PipelineExecutionArn"] = started.sent.json["PipelineExecutionArn"];
  const nodes = await ask("ListClusterNodes");
  known["NodeId"] = (nodes.sent.json["ClusterNodeSummaries"] as Json[])[0]?.["InstanceId"];
  await ask("AttachClusterNodeVolume");
  await ask("DescribeClusterNode", {}, { NodeId: known["NodeId"] });
  const events = await ask("ListClusterEvents");
  known["EventId"] = (events.sent.json["Events"] as Json[])[0]?.["EventId"];
  await ask("UpdateFeatureMetadata", { FeatureName: "a" });
  await ask("DescribeFeatureMetadata", { FeatureName: "a" });
  await ask("DescribeSubscribedWorkteam", {
    WorkteamArn: "arn:aws:sagemaker:us-east-1:123456789012:workteam/vendor-crowd/a",
  });
  await ask("StartSession", {}, { ResourceIdentifier: known["SpaceArn"] });
  await ask("BatchDescribeModelPackage", {}, { ModelPackageArnList: [known["ModelPackageArn"]] });
  await ask("CreatePresignedMlflowAppUrl", {}, { Arn: known["MlflowAppArn"] ?? known["Arn"] });
  await ask("UpdateArtifact", { ArtifactArn: known["ArtifactArn"] });
  await ask("ListPipelineExecutionSteps", {}, { PipelineExecutionArn: known["PipelineExecutionArn"] });
  await ask("ListMonitoringAlerts");
}
