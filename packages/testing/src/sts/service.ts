import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Form, readForm } from "../wire/form.ts";
import { query } from "../wire/protocol.ts";
import type { Call } from "../world.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoot } from "./assume-root.ts";
import { decodeAuthorizationMessage } from "./authorization-message.ts";
import { getAccessKeyInfo } from "./get-access-key-info.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getDelegatedAccessToken } from "./get-delegated-access-token.ts";
import { getScopedCredentials } from "./get-scoped-credentials.ts";
import { getFederationToken, getSessionToken } from "./long-term.ts";
import { getWebIdentityToken } from "./get-web-identity-token.ts";
import { assumeRoleWithSaml } from "./saml.ts";
import { assumeRoleWithWebIdentity } from "./web-identity.ts";
import { table } from "../table.ts";

interface StsOperation {
  readonly authentication: "signed" | "none";
  run(form: Form, call: Call): unknown;
}

const operations = table<StsOperation>({
  AssumeRole: { authentication: "signed", run: assumeRole },
  AssumeRoleWithSAML: { authentication: "none", run: assumeRoleWithSaml },
  AssumeRoleWithWebIdentity: { authentication: "none", run: assumeRoleWithWebIdentity },
  AssumeRoot: { authentication: "signed", run: assumeRoot },
  DecodeAuthorizationMessage: { authentication: "signed", run: decodeAuthorizationMessage },
  GetAccessKeyInfo: { authentication: "signed", run: getAccessKeyInfo },
  GetCallerIdentity: { authentication: "signed", run: getCallerIdentity },
  GetDelegatedAccessToken: { authentication: "signed", run: getDelegatedAccessToken },
  GetFederationToken: { authentication: "signed", run: getFederationToken },
  GetScopedCredentials: { authentication: "signed", run: getScopedCredentials },
  GetSessionToken: { authentication: "signed", run: getSessionToken },
  GetWebIdentityToken: { authentication: "signed", run: getWebIdentityToken },
});

export const stsOperations: readonly string[] = Object.keys(operations);

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
      run(call) {
        checkSessionToken(form.action, call);
        return operation.run(form, call);
      },
    };
  },
};

/**
 * Credentials from GetSessionToken may call few operations of STS
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html and API_GetScopedCredentials.html there).
 */
const sessionTokenOperations = new Set(["AssumeRole", "GetCallerIdentity", "GetScopedCredentials"]);

function checkSessionToken(action: string, { principal }: Call): void {
  if (principal?.sessionToken === true && !sessionTokenOperations.has(action)) {
    throw new AwsError("AccessDenied", `Cannot call ${action} with session credentials`);
  }
}
