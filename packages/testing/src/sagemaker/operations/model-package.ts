import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerAbout, answerWith } from "../answer.ts";
import { kindOf, notesOf, type Operate, scopeOf } from "../control-plane.ts";
import { create } from "../create.ts";
import { findResource, missing, referredTo } from "../find-resource.ts";
import { knownMembers } from "../known-members.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html: by name, or the next version of a group. */
export function createModelPackage(operate: Operate): Input {
  const { plane, input, call } = operate;
  const { ModelPackageName: name, ModelPackageGroupName: group } = input;
  const kind = kindOf(plane, "ModelPackage");
  if ((name === undefined) === (group === undefined)) {
    throw new AwsError(
      "ValidationException",
      "Exactly one of ModelPackageName and ModelPackageGroupName must be given.",
    );
  }
  if (group === undefined) return create(operate, kind);
  const groupKind = kindOf(plane, "ModelPackageGroup");
  const parent = referredTo(plane, groupKind, group, call);
  if (parent === undefined) throw missing({ ...groupKind, missing: "ValidationException" }, group as string);
  const versions = plane.resources
    .of("ModelPackage", scopeOf(call))
    .filter((each) => each.members["ModelPackageGroupName"] === parent.name)
    .map((each) => Number(each.members["ModelPackageVersion"]));
  const version = Math.max(0, ...versions) + 1;
  return create(operate, kind, {
    ModelPackageGroupName: parent.name,
    ModelPackageVersion: version,
    ModelApprovalStatus: input["ModelApprovalStatus"] ?? "PendingManualApproval",
  });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchDescribeModelPackage.html */
export function batchDescribeModelPackage(operate: Operate): Input {
  const { plane, input, call } = operate;
  const summaries: Record<string, Input> = {};
  const errors: Record<string, Input> = {};
  for (const arn of input["ModelPackageArnList"] as readonly string[]) {
    const found = referredTo(plane, kindOf(plane, "ModelPackage"), arn, call);
    if (found === undefined)
      errors[arn] = { ErrorCode: "404", ErrorResponse: `Could not find model package "${arn}".` };
    else summaries[arn] = knownMembers(plane, found);
  }
  return answerWith(operate, {
    ModelPackageSummaries: summaries,
    ...(Object.keys(errors).length === 0 ? {} : { BatchDescribeModelPackageErrorMap: errors }),
  });
}

const topic = "model-package-group-policy";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html */
export function putPolicy(operate: Operate): Input {
  const group = findResource(operate, kindOf(operate.plane, "ModelPackageGroup"));
  notesOf(operate.plane, topic).set(group.arn, operate.input);
  return answerAbout(operate, group);
}

export function getPolicy(operate: Operate): Input {
  const group = findResource(operate, kindOf(operate.plane, "ModelPackageGroup"));
  const policy = notesOf(operate.plane, topic).get(group.arn);
  if (policy === undefined) {
    throw new AwsError("ValidationException", `Cannot find resource policy for model package group "${group.arn}".`);
  }
  return answerWith(operate, policy);
}

export function deletePolicy(operate: Operate): Input {
  const group = findResource(operate, kindOf(operate.plane, "ModelPackageGroup"));
  notesOf(operate.plane, topic).delete(group.arn);
  return {};
}
