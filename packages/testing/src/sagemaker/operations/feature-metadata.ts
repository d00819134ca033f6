import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerAbout } from "../answer.ts";
import { kindOf, notesOf, type Operate } from "../control-plane.ts";
import { findResource } from "../find-resource.ts";
import type { Resource } from "../resource-store.ts";

const topic = "features";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureMetadata.html */
export function describeFeature(operate: Operate): Input {
  const group = findResource(operate, kindOf(operate.plane, "FeatureGroup"));
  const feature = featureOf(operate, group);
  return answerAbout(operate, group, { ...feature, ...notesOf(operate.plane, topic).get(keyOf(operate, group)) });
}

export function updateFeature(operate: Operate): Input {
  const { plane, input } = operate;
  const group = findResource(operate, kindOf(plane, "FeatureGroup"));
  featureOf(operate, group);
  const known = notesOf(plane, topic).get(keyOf(operate, group)) ?? {};
  const removed = (input["ParameterRemovals"] ?? []) as readonly string[];
  const added = (input["ParameterAdditions"] ?? []) as readonly Input[];
  const kept = ((known["Parameters"] ?? []) as readonly Input[]).filter(
    ({ Key }) => !removed.includes(String(Key)) && !added.some((each) => each["Key"] === Key),
  );
  notesOf(plane, topic).set(keyOf(operate, group), {
    Description: input["Description"] ?? known["Description"],
    Parameters: [...kept, ...added],
  });
  return {};
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html: features are added, never removed. */
export function updateFeatureGroup(operate: Operate): Input {
  const group = findResource(operate, kindOf(operate.plane, "FeatureGroup"));
  const { FeatureAdditions = [], FeatureGroupName: _name, ...change } = operate.input;
  const features = [...featuresOf(group), ...(FeatureAdditions as readonly Input[])];
  group.members = { ...group.members, ...change, FeatureDefinitions: features };
  group.modifiedAt = operate.call.world.clock.now();
  return answerAbout(operate, group);
}

function featuresOf(group: Resource): readonly Input[] {
  return group.members["FeatureDefinitions"] as readonly Input[];
}

function featureOf({ input }: Operate, group: Resource): Input {
  const feature = featuresOf(group).find((each) => each["FeatureName"] === input["FeatureName"]);
  if (feature === undefined) {
    throw new AwsError(
      "ResourceNotFound",
      `Feature "${String(input["FeatureName"])}" does not exist in "${group.arn}".`,
    );
  }
  return feature;
}

function keyOf({ input }: Operate, group: Resource): string {
  return `${group.arn} ${String(input["FeatureName"])}`;
}
