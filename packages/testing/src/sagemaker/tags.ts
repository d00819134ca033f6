import { failed, type Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";
import { callerOf } from "../world.ts";
import { answerWith } from "./answer.ts";
import type { ControlPlane, Operate } from "./control-plane.ts";
import { pageOf } from "./page.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html */
const maxTags = 50;

/** Adds tags to a resource; a tag of the same key is replaced. */
export function setTags(plane: ControlPlane, arn: string, tags: unknown): void {
  if (!Array.isArray(tags) || tags.length === 0) return;
  const own = new Map(plane.tags.get(arn));
  for (const { Key, Value } of tags as readonly { Key: string; Value: string }[]) own.set(Key, Value);
  if (own.size > maxTags) {
    throw new AwsError(
      "ResourceLimitExceeded",
      `A resource can have at most ${maxTags} tags; "${arn}" would have ${own.size}.`,
    );
  }
  plane.tags.set(arn, own);
}

export function addTags(operate: Operate): Input {
  const arn = taggable(operate);
  setTags(operate.plane, arn, operate.input["Tags"]);
  return answerWith(operate, { Tags: listed(operate.plane, arn) });
}

export function listTags(operate: Operate): Input {
  const arn = taggable(operate);
  const entries = listed(operate.plane, arn).map((tag) => ({ key: tag.Key, value: tag }));
  const { MaxResults = 50 } = operate.input;
  const { page, next } = pageOf(`ListTags ${arn}`, entries, { ...operate.input, MaxResults });
  return answerWith(operate, { Tags: page, ...next });
}

export function deleteTags(operate: Operate): Input {
  const arn = taggable(operate);
  for (const key of operate.input["TagKeys"] as readonly string[]) operate.plane.tags.get(arn)?.delete(key);
  return {};
}

function listed(plane: ControlPlane, arn: string): readonly { readonly Key: string; readonly Value: string }[] {
  return [...(plane.tags.get(arn) ?? [])].map(([Key, Value]) => ({ Key, Value }));
}

/** The ARN of a resource of the caller's account. */
function taggable({ plane, input, call }: Operate): string {
  const arn = String(input["ResourceArn"]);
  const resource = plane.resources.get(arn);
  if (!arn.startsWith("arn:"))
    throw failed([`Value '${arn}' at 'resourceArn' failed to satisfy constraint: Member must be an ARN`]);
  if (resource === undefined || resource.accountId !== callerOf(call).accountId || resource.region !== call.region) {
    throw new AwsError("ValidationException", `Could not find resource "${arn}".`);
  }
  return arn;
}
