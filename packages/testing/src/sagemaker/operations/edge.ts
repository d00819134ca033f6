import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerAbout, answerWith } from "../answer.ts";
import { kindOf, type Operate, scopeOf, secondsOf } from "../control-plane.ts";
import { store } from "../create.ts";
import { findResource } from "../find-resource.ts";
import { knownMembers } from "../known-members.ts";
import { pageOf } from "../page.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RegisterDevices.html */
export function registerDevices(operate: Operate): Input {
  const { plane, input, call } = operate;
  const fleet = findResource(operate, kindOf(plane, "DeviceFleet"));
  for (const device of input["Devices"] as readonly Input[]) {
    store({ ...operate, input: { ...device, Tags: input["Tags"] } }, kindOf(plane, "Device"), {
      DeviceFleetName: fleet.name,
      RegistrationTime: secondsOf(call),
    });
  }
  return {};
}

export function deregisterDevices(operate: Operate): Input {
  const names = operate.input["DeviceNames"] as readonly string[];
  for (const device of devicesOf(operate)) if (names.includes(device.name)) operate.plane.resources.remove(device.arn);
  return {};
}

export function updateDevices(operate: Operate): Input {
  for (const change of operate.input["Devices"] as readonly Input[]) {
    const device = devicesOf(operate).find(({ name }) => name === change["DeviceName"]);
    if (device === undefined)
      throw new AwsError("ValidationException", `Could not find device "${String(change["DeviceName"])}".`);
    device.members = { ...device.members, ...change };
  }
  return {};
}

export function deviceFleetReport(operate: Operate): Input {
  const fleet = findResource(operate, kindOf(operate.plane, "DeviceFleet"));
  const devices = devicesOf(operate).length;
  return answerAbout(operate, fleet, {
    ReportGenerated: secondsOf(operate.call),
    DeviceStats: { ConnectedDeviceCount: 0, RegisteredDeviceCount: devices },
  });
}

/** Stages are part of their plan. */
export function createStage(operate: Operate): Input {
  const plan = planOf(operate);
  plan.members = {
    ...plan.members,
    Stages: [...stagesOf(plan.members), ...(operate.input["Stages"] as readonly Input[])],
  };
  return {};
}

export function deleteStage(operate: Operate): Input {
  const plan = planOf(operate);
  stageOf(operate);
  const left = stagesOf(plan.members).filter((stage) => stage["StageName"] !== operate.input["StageName"]);
  plan.members = { ...plan.members, Stages: left };
  return {};
}

/** Starting or stopping a stage. */
export function touchStage(operate: Operate): Input {
  stageOf(operate);
  return {};
}

export function describePlan(operate: Operate): Input {
  const plan = planOf(operate);
  const deployment = {
    EdgeDeploymentSuccess: 0,
    EdgeDeploymentPending: 0,
    EdgeDeploymentFailed: 0,
  };
  return answerAbout(operate, plan, {
    ...deployment,
    Stages: stagesOf(plan.members).map((stage) => ({
      ...stage,
      DeploymentStatus: {
        StageStatus: "READYTODEPLOY",
        EdgeDeploymentSuccessInStage: 0,
        EdgeDeploymentPendingInStage: 0,
        EdgeDeploymentFailedInStage: 0,
      },
    })),
  });
}

export function listStageDevices(operate: Operate): Input {
  stageOf(operate);
  const { page, next } = pageOf("ListStageDevices", [], operate.input);
  return answerWith(operate, { DeviceDeploymentSummaries: page, ...next });
}

function planOf(operate: Operate): ReturnType<typeof findResource> {
  return findResource(operate, kindOf(operate.plane, "EdgeDeploymentPlan"));
}

function stageOf(operate: Operate): Input {
  const found = stagesOf(planOf(operate).members).find((stage) => stage["StageName"] === operate.input["StageName"]);
  if (found === undefined) {
    throw new AwsError("ValidationException", `Could not find stage "${String(operate.input["StageName"])}".`);
  }
  return found;
}

function stagesOf(members: Input): readonly Input[] {
  return (members["Stages"] ?? []) as readonly Input[];
}

function devicesOf({ plane, input, call }: Operate): ReturnType<Operate["plane"]["resources"]["of"]> {
  return plane.resources
    .of("Device", scopeOf(call))
    .filter((device) => knownMembers(plane, device)["DeviceFleetName"] === input["DeviceFleetName"]);
}
