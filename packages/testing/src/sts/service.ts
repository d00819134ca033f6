import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Form, readForm } from "../wire/form.ts";
import { query } from "../wire/protocol.ts";
import type { Call } from "../world.ts";
import { assumeRole } from "./assume-role.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { table } from "../table.ts";

interface StsOperation {
  readonly authentication: "signed" | "none";
  run(form: Form, call: Call): unknown;
}

const operations = table<StsOperation>({
  AssumeRole: { authentication: "signed", run: assumeRole },
  GetCallerIdentity: { authentication: "signed", run: getCallerIdentity },
});

const version = "2011-06-15";

/** AWS Security Token Service: https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html */
export const sts: Service = {
  name: "sts",
  signingName: "sts",
  protocol: query,
  body: "buffered",
  operationOf: (head) => head.url.searchParams.get("Action") ?? undefined,
  route(request) {
    const form = readForm(request);
    const operation = operations[form.action];
    if (operation === undefined || form.text("Version") !== version) {
      throw new AwsError(
        "InvalidAction",
        `Could not find operation ${form.action} for version ${form.text("Version") ?? "NO_VERSION_SPECIFIED"}`,
      );
    }
    return {
      name: form.action,
      input: form.all(),
      authentication: operation.authentication,
      run: (call) => operation.run(form, call),
    };
  },
};
