import { authorise } from "../iam/authorise.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html */
export function getWebIdentityToken(form: Form, call: Call): Record<string, unknown> {
  const caller = callerOf(call);
  const constraints = createConstraints();
  const audiences = form.list("Audience");
  const algorithm = constraints.required("signingAlgorithm", form.text("SigningAlgorithm"));
  const durationS = constraints.duration(form.integer("DurationSeconds"), { min: 60, max: 3600, usual: 300 });
  const tags = constraints.tags(form.structures("Tags", ["Key", "Value"]));
  constraints.settle();
  if (audiences.length < 1 || audiences.length > 10) {
    throw new AwsError(
      "ValidationError",
      "Value at 'audience' failed to satisfy constraint: Member must have length between 1 and 10",
    );
  }
  if (algorithm !== "RS256" && algorithm !== "ES384") {
    throw new AwsError("ValidationError", "Value at 'signingAlgorithm' must be RS256 or ES384.");
  }
  checkSubject(form);
  authorise(
    caller,
    {
      action: "sts:GetWebIdentityToken",
      resource: "*",
      context: {
        "sts:IdentityTokenAudience": audiences,
        "sts:SigningAlgorithm": algorithm,
        "sts:DurationSeconds": durationS,
        "sts:SubjectMode": "AWSIdentity",
        "aws:TagKeys": Object.keys(tags),
      },
    },
    call.origin,
  );
  const now = Math.floor(call.world.clock.now() / 1000);
  const token = call.world.tokens.sign(algorithm, {
    iss: call.world.tokens.issuer(caller.accountId),
    sub: caller.roleArn ?? caller.arn,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    iat: now,
    exp: now + durationS,
    jti: call.world.ids.uuid(),
    "https://sts.amazonaws.com/": {
      aws_account: caller.accountId,
      source_region: call.region,
      principal_id: caller.roleArn ?? caller.arn,
      ...(Object.keys(tags).length === 0 ? {} : { request_tags: tags }),
    },
  });
  return { WebIdentityToken: token, Expiration: new Date((now + durationS) * 1000) };
}

/**
 * `OriginIdentity`, and with it `Scope`, needs a session with trusted identity propagation. Sessions of the local AWS have
 * none, and AWS rejects such a request.
 */
function checkSubject(form: Form): void {
  const mode = form.text("SubjectMode") ?? "AWSIdentity";
  if (mode !== "AWSIdentity" && mode !== "OriginIdentity") {
    throw new AwsError("ValidationError", "Value at 'subjectMode' must be AWSIdentity or OriginIdentity.");
  }
  if (mode === "OriginIdentity") {
    throw new AwsError("ValidationError", "The calling session has no aws:OriginIdentity/Subject.");
  }
  if (form.text("Scope") !== undefined) {
    throw new AwsError("ValidationError", "Scope can be specified only when SubjectMode is OriginIdentity.");
  }
}
