import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerAbout, answerWith } from "../answer.ts";
import { kindOf, type Operate } from "../control-plane.ts";
import { findResource } from "../find-resource.ts";
import type { Resource } from "../resource-store.ts";

/** Answers with a URL that is not served: tests check who may ask for it. */
export function presignedUrl(noun: string, hostOf: (resource: Resource) => string): (operate: Operate) => Input {
  return (operate) => {
    const { plane, input, call } = operate;
    // The kind names the error; whether the resource exists is checked by the members that the request has.
    const resource = findResource(operate, kindOf(plane, noun));
    const url = `https://${hostOf(resource)}/auth?token=${call.world.ids.text(64)}`;
    const seconds = input["SessionExpirationDurationInSeconds"];
    if (seconds !== undefined && resource.status !== undefined && /^(?:Failed|Deleting)$/.test(resource.status)) {
      throw new AwsError("ValidationException", `The resource is in status ${resource.status}.`);
    }
    return answerWith(operate, { AuthorizedUrl: url, Url: url });
  };
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHubContentPresignedUrls.html */
export function hubContentUrls(operate: Operate): Input {
  const content = findResource(operate, kindOf(operate.plane, "HubContent"));
  const url = `https://hub.${content.region}.sagemaker.aws/${content.arn}?token=${operate.call.world.ids.text(64)}`;
  return answerAbout(operate, content, { AuthorizedUrlConfigs: [{ Url: url, LocalPath: `/${content.name}` }] });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartSession.html */
export function startSession(operate: Operate): Input {
  const { plane, input, call } = operate;
  const arn = String(input["ResourceIdentifier"]);
  const space = plane.resources.get(arn);
  if (space === undefined) throw new AwsError("ResourceNotFound", `Could not find "${arn}".`);
  const id = call.world.ids.hex(17);
  return answerWith(operate, {
    SessionId: `local-${id}`,
    StreamUrl: `wss://ssmmessages.${call.region}.amazonaws.com/v1/data-channel/local-${id}`,
    TokenValue: call.world.ids.text(64),
  });
}
