import type { Input } from "../model/validate.ts";
import type { Resource, ResourceStore } from "../sagemaker/resource-store.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type RestOperation, restService } from "./rest-service.ts";

/** What the agent on an edge device asks: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_Sagemaker_Edge_Manager.html */
export function edgeManager(resources: ResourceStore): Service {
  const deviceOf = (input: Input, call: Call): Resource => {
    const found = resources
      .of("Device", { region: call.region, accountId: callerOf(call).accountId })
      .find(
        ({ name, members }) => name === input["DeviceName"] && members["DeviceFleetName"] === input["DeviceFleetName"],
      );
    if (found === undefined) {
      throw new AwsError(
        "ValidationException",
        `Device ${String(input["DeviceName"])} is not registered in fleet ${String(input["DeviceFleetName"])}.`,
      );
    }
    return found;
  };
  const operations = table<RestOperation>({
    GetDeployments: {
      resource: deviceArn,
      run(input, call) {
        deviceOf(input, call);
        return { Deployments: [] };
      },
    },
    GetDeviceRegistration: {
      resource: deviceArn,
      run: (input, call) => ({
        DeviceRegistration: JSON.stringify({ DeviceArn: deviceOf(input, call).arn }),
        CacheTTL: "3600",
      }),
    },
    SendHeartbeat: {
      resource: deviceArn,
      run(input, call) {
        const device = deviceOf(input, call);
        const { AgentVersion } = input;
        device.members = { ...device.members, AgentVersion, LatestHeartbeat: call.world.clock.now() / 1000 };
        return {};
      },
    },
  });
  return restService({ name: "edge", model: "sagemaker-edge", invalid: "ValidationException", operations });
}

function deviceArn(input: Input, call: Call): string {
  const { accountId } = callerOf(call);
  return `arn:aws:sagemaker:${call.region}:${accountId}:device-fleet/${String(input["DeviceFleetName"])}/device/${String(input["DeviceName"])}`;
}
