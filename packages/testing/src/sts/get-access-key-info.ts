import { authorise } from "../iam/authorise.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html */
export function getAccessKeyInfo(form: Form, call: Call): Record<string, unknown> {
  authorise(callerOf(call), { action: "sts:GetAccessKeyInfo", resource: "*" }, call.origin);
  const key = call.world.keys.find(form.text("AccessKeyId") ?? "");
  if (key === undefined) throw new AwsError("ValidationError", "The access key id is not of the local AWS.");
  return { Account: key.principal.accountId };
}
