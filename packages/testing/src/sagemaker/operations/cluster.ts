import { createHash } from "node:crypto";
import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerWith } from "../answer.ts";
import { kindOf, notesOf, type Operate, secondsOf } from "../control-plane.ts";
import { findResource } from "../find-resource.ts";
import { pageOf } from "../page.ts";
import type { Resource } from "../resource-store.ts";

/** The nodes of a cluster follow from its instance groups. */
function nodesOf(cluster: Resource, operate: Operate): readonly Input[] {
  const groups = (cluster.members["InstanceGroups"] ?? []) as readonly Input[];
  const deleted = notesOf(operate.plane, "deleted-nodes");
  return groups
    .flatMap((group) =>
      Array.from({ length: Number(group["InstanceCount"] ?? 0) }, (_, index) => ({
        ...group,
        InstanceId: nodeId(cluster, String(group["InstanceGroupName"]), index),
        NodeLogicalId: `${String(group["InstanceGroupName"])}-${index + 1}`,
        InstanceStatus: { Status: "Running" },
        LaunchTime: cluster.createdAt / 1000,
      })),
    )
    .filter((node) => !deleted.has(`${cluster.arn} ${node.InstanceId}`));
}

/** Node ids look like those of EC2. They follow from the cluster, the group and the position. */
function nodeId(cluster: Resource, group: string, index: number): string {
  return `i-${createHash("sha256").update(`${cluster.arn}/${group}/${index}`).digest("hex").slice(0, 17)}`;
}

export function listClusterNodes(operate: Operate): Input {
  const cluster = findResource(operate, kindOf(operate.plane, "Cluster"));
  const group = operate.input["InstanceGroupNameContains"];
  const entries = nodesOf(cluster, operate)
    .filter((node) => typeof group !== "string" || String(node["InstanceGroupName"]).includes(group))
    .map((node) => ({ key: String(node["InstanceId"]), value: node }));
  const { page, next } = pageOf("ListClusterNodes", entries, operate.input);
  return answerWith(operate, { ClusterNodeSummaries: page, ...next });
}

export function describeClusterNode(operate: Operate): Input {
  const { plane, input } = operate;
  const cluster = findResource(operate, kindOf(plane, "Cluster"));
  const found = nodesOf(cluster, operate).find(
    (node) => node["InstanceId"] === input["NodeId"] || node["NodeLogicalId"] === input["NodeLogicalId"],
  );
  if (found === undefined) throw noNode(input["NodeId"] ?? input["NodeLogicalId"], cluster);
  return answerWith(operate, { NodeDetails: found });
}

/** Rebooting, replacing and deleting nodes: each node named succeeds or is reported as not found. */
export function onNodes(effect: "none" | "delete"): (operate: Operate) => Input {
  return (operate) => {
    const { plane, input } = operate;
    const cluster = findResource(operate, kindOf(plane, "Cluster"));
    const nodes = nodesOf(cluster, operate);
    const asked = (input["NodeIds"] ?? []) as readonly string[];
    const here = asked.filter((id) => nodes.some((node) => node["InstanceId"] === id));
    if (effect === "delete") for (const id of here) notesOf(plane, "deleted-nodes").set(`${cluster.arn} ${id}`, {});
    const failed = asked
      .filter((id) => !here.includes(id))
      .map((id) => ({
        NodeId: id,
        Code: code(effect),
        ErrorCode: code(effect),
        Message: `Node ${id} does not exist.`,
      }));
    return answerWith(operate, { Successful: here, ...(failed.length === 0 ? {} : { Failed: failed }) });
  };
}

function code(effect: "none" | "delete"): string {
  return effect === "delete" ? "NodeIdNotFound" : "InstanceIdNotFound";
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchAddClusterNodes.html */
export function addNodes(operate: Operate): Input {
  const { plane, input } = operate;
  const cluster = findResource(operate, kindOf(plane, "Cluster"));
  const groups = (cluster.members["InstanceGroups"] ?? []) as readonly Input[];
  const successful: Input[] = [];
  const failed: Input[] = [];
  const counts = new Map<string, number>();
  for (const { InstanceGroupName, IncrementTargetCountBy } of input["NodesToAdd"] as readonly Input[]) {
    const group = groups.find((each) => each["InstanceGroupName"] === InstanceGroupName);
    const add = Number(IncrementTargetCountBy);
    if (group === undefined) {
      failed.push({ InstanceGroupName, ErrorCode: "InstanceGroupNotFound", FailedCount: add });
      continue;
    }
    const from = Number(group["InstanceCount"] ?? 0);
    counts.set(String(InstanceGroupName), from + add);
    for (let index = 0; index < add; index += 1) {
      successful.push({
        NodeLogicalId: `${String(InstanceGroupName)}-${from + index + 1}`,
        InstanceGroupName,
        Status: "Pending",
      });
    }
  }
  cluster.members = {
    ...cluster.members,
    InstanceGroups: groups.map((group) => ({
      ...group,
      InstanceCount: counts.get(String(group["InstanceGroupName"])) ?? group["InstanceCount"],
    })),
  };
  return answerWith(operate, { Successful: successful, Failed: failed });
}

/** Attaching and detaching: volumes and network interfaces of a node. */
export function attachment(action: "attach" | "detach"): (operate: Operate) => Input {
  return (operate) => {
    const { plane, input, call } = operate;
    const cluster = findResource(operate, kindOf(plane, "Cluster"));
    const key = `${cluster.arn} ${String(input["NodeId"])} ${String(input["VolumeId"] ?? input["NetworkInterfaceId"])}`;
    const notes = notesOf(plane, "attachments");
    const known = notes.get(key) ?? {
      ...input,
      ClusterArn: cluster.arn,
      DeviceName: "/dev/sdf",
      AttachTime: secondsOf(call),
      AttachmentId: `eni-attach-${call.world.ids.hex(17)}`,
    };
    if (action === "detach" && !notes.delete(key)) throw noNode(input["VolumeId"], cluster);
    if (action === "attach") notes.set(key, known);
    return answerWith(operate, { ...known, Status: `${action}ed` });
  };
}

/** The events of a cluster: that it was created. */
function eventsOf(cluster: Resource): readonly Input[] {
  const id = createHash("sha256").update(cluster.arn).digest("hex");
  return [
    {
      EventId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5"),
      ClusterArn: cluster.arn,
      ClusterName: cluster.name,
      ResourceType: "Cluster",
      EventTime: cluster.createdAt / 1000,
      Description: "The cluster was created.",
    },
  ];
}

export function listClusterEvents(operate: Operate): Input {
  const cluster = findResource(operate, kindOf(operate.plane, "Cluster"));
  const entries = eventsOf(cluster).map((value) => ({ key: String(value["EventId"]), value }));
  const { page, next } = pageOf("ListClusterEvents", entries, operate.input);
  return answerWith(operate, { Events: page, ...next });
}

export function describeClusterEvent(operate: Operate): Input {
  const cluster = findResource(operate, kindOf(operate.plane, "Cluster"));
  const found = eventsOf(cluster).find((event) => event["EventId"] === operate.input["EventId"]);
  if (found === undefined) throw noNode(operate.input["EventId"], cluster);
  return answerWith(operate, { EventDetails: found });
}

function noNode(id: unknown, cluster: Resource): AwsError {
  return new AwsError("ResourceNotFound", `Could not find "${String(id)}" in cluster "${cluster.arn}".`);
}
