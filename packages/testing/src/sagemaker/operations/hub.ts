import type { Input } from "../../model/validate.ts";
import { answerAbout } from "../answer.ts";
import { kindOf, type Operate } from "../control-plane.ts";
import { create } from "../create.ts";
import { findResource, missing, referredTo } from "../find-resource.ts";
import { list } from "../list.ts";
import type { Resource } from "../resource-store.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ImportHubContent.html */
export function importHubContent(operate: Operate): Input {
  const hub = hubOf(operate);
  return create(operate, kindOf(operate.plane, "HubContent"), {
    HubArn: hub.arn,
    HubName: hub.name,
    HubContentVersion: operate.input["HubContentVersion"] ?? "1.0.0",
    SupportStatus: operate.input["SupportStatus"] ?? "Supported",
  });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHubContentReference.html */
export function createHubContentReference(operate: Operate): Input {
  const hub = hubOf(operate);
  const publicArn = String(operate.input["SageMakerPublicHubContentArn"]);
  const [, name = "content", version = "1.0.0"] = /\/([^/]+)\/(\d+\.\d+\.\d+)$/.exec(publicArn) ?? [];
  return create(operate, kindOf(operate.plane, "HubContent"), {
    HubArn: hub.arn,
    HubName: hub.name,
    HubContentName: operate.input["HubContentName"] ?? name,
    HubContentType: "ModelReference",
    HubContentVersion: version,
    DocumentSchemaVersion: "1.0.0",
    HubContentDocument: "{}",
  });
}

/** Deleting or changing a content or a reference: all are stored as contents. */
export function deleteHubContent(operate: Operate): Input {
  operate.plane.resources.remove(findResource(operate, kindOf(operate.plane, "HubContent")).arn);
  return {};
}

export function updateHubContent(operate: Operate): Input {
  const content = findResource(operate, kindOf(operate.plane, "HubContent"));
  const { HubName: _hub, ...change } = operate.input;
  content.members = { ...content.members, ...change };
  content.modifiedAt = operate.call.world.clock.now();
  return answerAbout(operate, content);
}

export function listHubContents(operate: Operate): Input {
  hubOf(operate);
  return list(operate, kindOf(operate.plane, "HubContent"));
}

function hubOf({ plane, input, call }: Operate): Resource {
  const kind = kindOf(plane, "Hub");
  const hub = referredTo(plane, kind, input["HubName"], call);
  if (hub === undefined) throw missing(kind, String(input["HubName"]));
  return hub;
}
