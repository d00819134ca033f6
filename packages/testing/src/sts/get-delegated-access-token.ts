import { authorise } from "../iam/authorise.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";
import { credentialsMember } from "./session.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html */
export function getDelegatedAccessToken(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const constraints = createConstraints();
  const token = constraints.required("tradeInToken", form.text("TradeInToken"));
  constraints.settle();
  authorise(callerOf(call), { action: "sts:GetDelegatedAccessToken", resource: "*" }, call.origin);
  const delegation = world.delegations.get(token);
  if (delegation === undefined || !world.roles.has(delegation.roleArn)) {
    throw new AwsError("AccessDenied", "The trade-in token is not valid.");
  }
  if (delegation.expiresAt <= world.clock.now()) {
    throw new AwsError("ExpiredTradeInTokenException", "The trade-in token has expired.");
  }
  return { Credentials: credentialsMember(delegation.open()), AssumedPrincipal: delegation.roleArn };
}
