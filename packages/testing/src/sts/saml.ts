import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import type { Call } from "../world.ts";
import { openFederatedSession } from "./federated-session.ts";
import { createConstraints } from "./limits.ts";
import { readSessionPolicies } from "./session.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html */
export async function assumeRoleWithSaml(form: Form, call: Call): Promise<Record<string, unknown>> {
  const { world } = call;
  const constraints = createConstraints();
  const roleArn = constraints.required("roleArn", form.text("RoleArn"));
  const principalArn = constraints.required("principalArn", form.text("PrincipalArn"));
  const assertion = constraints.required("sAMLAssertion", form.text("SAMLAssertion"));
  constraints.settle();
  const policies = readSessionPolicies(form, world, constraints);
  const provider = world.samlProviders.find(({ arn }) => arn === principalArn);
  if (provider === undefined) throw new AwsError("InvalidIdentityToken", `No SAML provider found for ${principalArn}.`);
  const said = await provider.verify(Buffer.from(assertion, "base64").toString("utf8"));
  if (said === undefined) throw new AwsError("InvalidIdentityToken", "Response signature invalid");
  if (said.notOnOrAfter !== undefined && said.notOnOrAfter.getTime() <= world.clock.now()) {
    throw new AwsError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance");
  }

  const { subjectType = "persistent", audience = "https://signin.aws.amazon.com/saml" } = said;
  if (!said.roles.includes(roleArn)) {
    throw new AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML");
  }
  const result = openFederatedSession(
    {
      roleArn,
      sessionName: said.sessionName,
      operation: "AssumeRoleWithSAML",
      provider: provider.arn,
      context: {
        "SAML:aud": audience,
        "SAML:iss": said.issuer,
        "SAML:sub": said.subject,
        "SAML:sub_type": subjectType,
      },
      tags: said.tags ?? {},
      transitiveTagKeys: [],
      sourceIdentity: said.sourceIdentity,
    },
    policies,
    form,
    constraints,
    call,
  );
  return { ...result, Subject: said.subject, SubjectType: subjectType, Issuer: said.issuer, Audience: audience };
}
