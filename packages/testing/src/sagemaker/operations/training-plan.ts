import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerWith } from "../answer.ts";
import { kindOf, notesOf, type Operate, scopeOf, secondsOf } from "../control-plane.ts";
import { findResource } from "../find-resource.ts";
import { pageOf } from "../page.ts";

/** One offering for what is asked, so that a plan can be created from it. */
export function searchOfferings(operate: Operate): Input {
  const { input, call } = operate;
  const start = secondsOf(call) + 86_400;
  const hours = Number(input["DurationHours"] ?? 24);
  const offering = {
    TrainingPlanOfferingId: "tpo-local",
    TargetResources: input["TargetResources"] ?? ["training-job"],
    RequestedStartTimeAfter: input["StartTimeAfter"],
    RequestedEndTimeBefore: input["EndTimeBefore"],
    DurationHours: hours,
    DurationMinutes: 0,
    UpfrontFee: "0",
    CurrencyCode: "USD",
    ReservedCapacityOfferings: [
      {
        InstanceType: input["InstanceType"] ?? "ml.p5.48xlarge",
        InstanceCount: input["InstanceCount"] ?? 1,
        DurationHours: hours,
        StartTime: start,
        EndTime: start + hours * 3600,
      },
    ],
  };
  const extensions =
    input["TrainingPlanArn"] === undefined ? {} : { TrainingPlanExtensionOfferings: [extensionOffering(start)] };
  return answerWith(operate, { TrainingPlanOfferings: [offering], ...extensions });
}

function extensionOffering(start: number): Input {
  return {
    TrainingPlanExtensionOfferingId: "tpeo-local",
    AvailabilityZone: "local",
    StartDate: start,
    EndDate: start + 86_400,
    DurationHours: 24,
    UpfrontFee: "0",
    CurrencyCode: "USD",
  };
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExtendTrainingPlan.html: extends the newest plan. */
export function extend(operate: Operate): Input {
  const { plane, input, call } = operate;
  const plan = plane.resources.of("TrainingPlan", scopeOf(call)).at(-1);
  if (plan === undefined) throw new AwsError("ResourceNotFound", "No training plan can be extended.");
  const extension = { ...extensionOffering(secondsOf(call)), ...input, Status: "Active", ExtendedAt: secondsOf(call) };
  notesOf(plane, `extensions ${plan.arn}`).set(String(extension.ExtendedAt), extension);
  return answerWith(operate, { TrainingPlanExtensions: [extension] });
}

export function extensionHistory(operate: Operate): Input {
  const plan = findResource(operate, kindOf(operate.plane, "TrainingPlan"));
  const entries = [...notesOf(operate.plane, `extensions ${plan.arn}`)].map(([key, value]) => ({ key, value }));
  const { page, next } = pageOf("DescribeTrainingPlanExtensionHistory", entries, operate.input);
  return answerWith(operate, { TrainingPlanExtensions: page, ...next });
}
