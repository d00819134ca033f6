import { authorise, type Permission } from "../iam/authorise.ts";
import type { Principal } from "../iam/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf, type World } from "../world.ts";
import { createConstraints } from "./limits.ts";

/** Stores why a request was denied, and returns the opaque message under which it is stored. */
export function encodeMessage(
  world: World,
  principal: Principal,
  permission: Permission,
  explicitDeny: boolean,
): string {
  const encoded = world.ids.text(320);
  const decoded = {
    allowed: false,
    explicitDeny,
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: {
      principal: { id: principal.userId, arn: principal.arn },
      action: permission.action,
      resource: permission.resource,
      conditions: { items: [] },
    },
  };
  world.authorizationMessages.set(encoded, { accountId: principal.accountId, decoded: JSON.stringify(decoded) });
  return encoded;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
export function decodeAuthorizationMessage(form: Form, call: Call): Record<string, unknown> {
  const caller = callerOf(call);
  const constraints = createConstraints();
  const encoded = constraints.required("encodedMessage", form.text("EncodedMessage"));
  constraints.settle();
  authorise(caller, { action: "sts:DecodeAuthorizationMessage", resource: "*" }, call.origin);
  const message = call.world.authorizationMessages.get(encoded);
  if (message?.accountId !== caller.accountId) {
    throw new AwsError("InvalidAuthorizationMessageException", "Message is not valid");
  }
  return { DecodedMessage: message.decoded };
}
