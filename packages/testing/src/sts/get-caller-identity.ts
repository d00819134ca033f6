import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: needs no permission. */
export function getCallerIdentity(_form: Form, call: Call): Record<string, unknown> {
  const caller = callerOf(call);
  return { UserId: caller.userId, Account: caller.accountId, Arn: caller.arn };
}
