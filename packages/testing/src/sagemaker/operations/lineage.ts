import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerWith } from "../answer.ts";
import { remove } from "../change.ts";
import { kindOf, notesOf, type Operate, scopeOf, secondsOf } from "../control-plane.ts";
import { missing, referredTo } from "../find-resource.ts";
import { knownMembers } from "../known-members.ts";
import { pageOf } from "../page.ts";
import type { Resource } from "../resource-store.ts";

/** Associations between lineage entities, and trial components of trials. */
const topic = "associations";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddAssociation.html */
export function addAssociation(operate: Operate): Input {
  const { plane, input, call } = operate;
  const { SourceArn, DestinationArn } = input;
  for (const arn of [SourceArn, DestinationArn]) {
    if (plane.resources.get(String(arn)) === undefined) throw notFound(String(arn));
  }
  notesOf(plane, topic).set(keyOf(input), { ...input, CreationTime: secondsOf(call) });
  return answerWith(operate, input);
}

export function deleteAssociation(operate: Operate): Input {
  const { plane, input } = operate;
  if (!notesOf(plane, topic).delete(keyOf(input))) throw notFound(keyOf(input));
  return answerWith(operate, input);
}

export function listAssociations(operate: Operate): Input {
  const { plane, input } = operate;
  const entries = [...notesOf(plane, topic)]
    .filter(([, each]) =>
      ["SourceArn", "DestinationArn", "AssociationType"].every(
        (member) => (input[member] ?? each[member]) === each[member],
      ),
    )
    .map(([key, value]) => ({ key, value }));
  const { page, next } = pageOf("ListAssociations", entries, input);
  return answerWith(operate, { AssociationSummaries: page, ...next });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteArtifact.html: by ARN, or by the URI of its source. */
export function deleteArtifact(operate: Operate): Input {
  const { plane, input, call } = operate;
  const kind = kindOf(plane, "Artifact");
  const uri = (source: unknown): unknown => (source as Input | undefined)?.["SourceUri"];
  if (input["ArtifactArn"] !== undefined || input["Source"] === undefined) return remove(operate, kind);
  const found = plane.resources
    .of("Artifact", scopeOf(call))
    .find(({ members }) => uri(members["Source"]) === uri(input["Source"]));
  if (found === undefined) throw notFound(String(uri(input["Source"])));
  return remove({ ...operate, input: { ArtifactArn: found.arn } }, kind);
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_QueryLineage.html: the entities reachable from the start. */
export function queryLineage(operate: Operate): Input {
  const { plane, input } = operate;
  const starts = (input["StartArns"] ?? []) as readonly string[];
  const { Direction = "Both", MaxDepth = 10 } = input;
  const edges = [...notesOf(plane, topic).values()];
  const reached = new Set(starts);
  let frontier = [...starts];
  for (let depth = 0; depth < Number(MaxDepth) && frontier.length > 0; depth += 1) {
    const next = frontier.flatMap((arn) =>
      edges.flatMap(({ SourceArn, DestinationArn }) => [
        ...(Direction !== "Ascendants" && SourceArn === arn ? [String(DestinationArn)] : []),
        ...(Direction !== "Descendants" && DestinationArn === arn ? [String(SourceArn)] : []),
      ]),
    );
    frontier = next.filter((arn) => !reached.has(arn));
    for (const arn of frontier) reached.add(arn);
  }
  const inside = edges.filter(
    (edge) => reached.has(String(edge["SourceArn"])) && reached.has(String(edge["DestinationArn"])),
  );
  const vertices = [...reached].flatMap((arn) => {
    const resource = plane.resources.get(arn);
    return resource === undefined || starts.includes(arn) ? [] : [{ Arn: arn, LineageType: resource.kind }];
  });
  return answerWith(operate, {
    Vertices: vertices,
    ...(input["IncludeEdges"] === false ? {} : { Edges: inside }),
  });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AssociateTrialComponent.html */
export function associateTrialComponent(operate: Operate): Input {
  const { trial, component } = trialPair(operate);
  notesOf(operate.plane, "trial-components").set(`${trial.arn} ${component.arn}`, {
    TrialName: trial.name,
    TrialComponentName: component.name,
  });
  return answerWith(operate, { TrialArn: trial.arn, TrialComponentArn: component.arn });
}

export function disassociateTrialComponent(operate: Operate): Input {
  const { trial, component } = trialPair(operate);
  notesOf(operate.plane, "trial-components").delete(`${trial.arn} ${component.arn}`);
  return answerWith(operate, { TrialArn: trial.arn, TrialComponentArn: component.arn });
}

/** Components of a trial or an experiment, and trials of a component: filters on what is associated. */
export function listTrialComponents(operate: Operate): Input {
  const { plane, input, call } = operate;
  const pairs = [...notesOf(plane, "trial-components").values()];
  const trials = plane.resources.of("Trial", scopeOf(call));
  const wanted = (component: Resource): boolean =>
    (input["SourceArn"] === undefined ||
      (component.members["Source"] as Input | undefined)?.["SourceArn"] === input["SourceArn"]) &&
    ((input["TrialName"] === undefined && input["ExperimentName"] === undefined) ||
      pairs.some(
        (pair) =>
          pair["TrialComponentName"] === component.name &&
          (input["TrialName"] ?? pair["TrialName"]) === pair["TrialName"] &&
          (input["ExperimentName"] === undefined ||
            trials.find(({ name }) => name === pair["TrialName"])?.members["ExperimentName"] ===
              input["ExperimentName"]),
      ));
  return listed(operate, "TrialComponent", "TrialComponentSummaries", wanted);
}

export function listTrials(operate: Operate): Input {
  const { plane, input } = operate;
  const pairs = [...notesOf(plane, "trial-components").values()];
  const wanted = (trial: Resource): boolean =>
    (input["ExperimentName"] ?? trial.members["ExperimentName"]) === trial.members["ExperimentName"] &&
    (input["TrialComponentName"] === undefined ||
      pairs.some(
        (pair) => pair["TrialName"] === trial.name && pair["TrialComponentName"] === input["TrialComponentName"],
      ));
  return listed(operate, "Trial", "TrialSummaries", wanted);
}

function listed(operate: Operate, noun: string, member: string, wanted: (resource: Resource) => boolean): Input {
  const { plane, operation, input, call } = operate;
  const entries = plane.resources
    .of(noun, scopeOf(call))
    .filter(wanted)
    .toReversed()
    .map((resource) => ({ key: resource.arn, value: knownMembers(plane, resource) }));
  const { page, next } = pageOf(operation.name, entries, input);
  return answerWith(operate, { [member]: page, ...next });
}

function trialPair({ plane, input, call }: Operate): { readonly trial: Resource; readonly component: Resource } {
  const find = (noun: string, member: string): Resource => {
    const kind = kindOf(plane, noun);
    const found = referredTo(plane, kind, input[member], call);
    if (found === undefined) throw missing(kind, String(input[member]));
    return found;
  };
  return { trial: find("Trial", "TrialName"), component: find("TrialComponent", "TrialComponentName") };
}

function keyOf(input: Input): string {
  return `${String(input["SourceArn"])} ${String(input["DestinationArn"])}`;
}

function notFound(what: string): AwsError {
  return new AwsError("ResourceNotFound", `Could not find "${what}".`);
}
