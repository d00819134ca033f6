import { authorise } from "../iam/authorise.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import type { Principal } from "../iam/principal.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { headerOf } from "../wire/received-request.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";
import { credentialsMember, tokenMembers } from "./session.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html: what each task may do. */
const tasks = table<readonly string[]>({
  IAMAuditRootUserCredentials: [
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:GetLoginProfile",
    "iam:ListMFADevices",
    "iam:GetAccountSummary",
    "iam:GetAccessKeyLastUsed",
  ],
  IAMCreateRootUserPassword: ["iam:CreateLoginProfile", "iam:GetLoginProfile"],
  IAMDeleteRootUserCredentials: [
    "iam:DeleteAccessKey",
    "iam:DeleteSigningCertificate",
    "iam:DeleteLoginProfile",
    "iam:DeactivateMFADevice",
    "iam:DeleteVirtualMFADevice",
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:GetLoginProfile",
    "iam:ListMFADevices",
  ],
  S3UnlockBucketPolicy: ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:ListAllMyBuckets"],
  SQSUnlockQueuePolicy: ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues"],
});

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html */
export function assumeRoot(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const caller = callerOf(call);
  const constraints = createConstraints();
  const target = constraints.required("targetPrincipal", form.text("TargetPrincipal"));
  const taskArn = constraints.required("taskPolicyArn", form.text("TaskPolicyArn.arn"));
  const durationS = constraints.duration(form.integer("DurationSeconds"), { min: 0, max: 900, usual: 900 });
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  constraints.settle();
  if (headerOf(call.request, "host") === "sts.amazonaws.com") {
    throw new AwsError("AccessDenied", "AssumeRoot is not supported on the global endpoint.");
  }
  const accountId = /^(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?$/.exec(target)?.[1] ?? "";
  const arn = `arn:aws:iam::${accountId}:root`;
  const task = tasks[/^arn:aws[\w-]*:iam::aws:policy\/root-task\/(\w+)$/.exec(taskArn)?.[1] ?? ""];
  authorise(
    caller,
    { action: "sts:AssumeRoot", resource: arn, context: { "sts:TaskPolicyArn": taskArn } },
    call.origin,
  );
  if (task === undefined) throw new AwsError("ValidationError", `${taskArn} is not a task policy for root users.`);
  if (!world.accounts.includes(accountId) || accountId === caller.accountId) {
    throw new AwsError(
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRoot on resource: ${arn}`,
    );
  }
  const taskPolicy: PolicyDocument = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: task, Resource: "*" },
  };
  const principal: Principal = {
    kind: "root",
    arn,
    userId: accountId,
    accountId,
    name: "root",
    policies: () => [],
    sessionPolicies: [taskPolicy],
    tags: {},
    transitiveTagKeys: [],
    sourceIdentity: caller.sourceIdentity,
    issuedAt: new Date(world.clock.now()),
  };
  const key = world.keys.issueSession(principal, durationS, minimumTokenSize);
  return { Credentials: credentialsMember(key), SourceIdentity: caller.sourceIdentity, ...tokenMembers(key) };
}
