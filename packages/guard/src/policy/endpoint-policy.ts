import { checkOptions, oneOf, optional } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy, PolicyCondition, PolicyStatement } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import { quotas } from "./quotas.ts";
import { ACTION, ORGANIZATION, RESOURCE, filled } from "./lists.ts";
import { type Held, unheldGaps } from "./hold.ts";
import type { Rule } from "../rules/rule.ts";

/** Options of `toEndpointPolicy`. */
export interface EndpointPolicyOptions {
  /** The service of the endpoint. Default: `sagemaker`, the control plane. */
  readonly service?: "sagemaker" | "sagemaker-runtime" | "s3" | undefined;
  /** Default: every action of the service. */
  readonly actions?: readonly string[] | undefined;
  /** Default: `*`. */
  readonly resources?: readonly string[] | undefined;
  /** Only principals of this organization (`o-…`). Default: any. */
  readonly organizationId?: string | undefined;
  /** Only principals of these accounts. Default: any. */
  readonly accounts?: readonly string[] | undefined;
}

const defaultActions = {
  sagemaker: ["sagemaker:*"],
  "sagemaker-runtime": [
    "sagemaker:InvokeEndpoint",
    "sagemaker:InvokeEndpointAsync",
    "sagemaker:InvokeEndpointWithResponseStream",
  ],
  s3: ["s3:*"],
} as const;

/**
 * The buckets from which Amazon Linux installs packages: a container that reaches them can fetch any software. A version of an
 * object is another action. The page names the buckets of the first two releases with `s3:GetObject`.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html#train-vpc-policy
 */
const packageBuckets: readonly PolicyStatement[] = (
  [
    ["AmazonLinuxAMI", "packages.*.amazonaws.com", "repo.*.amazonaws.com"],
    ["AmazonLinux2AMI", "amazonlinux.*.amazonaws.com", "amazonlinux-2-repos-*"],
    ["AmazonLinux2023", "al2023-repos-*"],
  ] as const
).map(([release, ...buckets]) => ({
  Sid: `${release}RepositoryAccess`,
  Effect: "Deny",
  Principal: "*",
  Action: "s3:GetObject*",
  Resource: buckets.map((bucket) => `arn:aws:s3:::${bucket}/*`),
}));

/** The policy of a VPC endpoint: it allows principals and actions, for the control plane within the posture. */
export function endpointPolicy(held: Held, rules: readonly Rule[], given?: EndpointPolicyOptions): EmittedPolicy {
  const options = checkOptions<EndpointPolicyOptions>(
    given,
    {
      service: optional(oneOf(...Object.keys(defaultActions))),
      actions: optional(filled("an action such as sagemaker:CreateModel", ACTION)),
      resources: optional(filled("an ARN or *", RESOURCE)),
      organizationId: optional(ORGANIZATION),
      accounts: optional(filled("an account id of 12 digits", /^\d{12}$/)),
    },
    refuseOption,
  );
  const service = options.service ?? "sagemaker";
  const who: PolicyCondition = {
    StringEquals: {
      ...(options.organizationId === undefined ? {} : { "aws:PrincipalOrgID": options.organizationId }),
      ...(options.accounts === undefined ? {} : { "aws:PrincipalAccount": options.accounts }),
    },
  };
  const allow: PolicyStatement = {
    Effect: "Allow",
    Principal: "*",
    Action: options.actions ?? defaultActions[service],
    Resource: options.resources ?? "*",
    ...(Object.keys(who["StringEquals"] ?? {}).length === 0 ? {} : { Condition: who }),
  };
  const posture = service === "sagemaker" ? denyStatements(held.byAction) : [];
  const deny =
    service === "s3" ? packageBuckets : posture.map((statement) => ({ ...statement, Principal: "*" as const }));
  const reason = `An endpoint of ${service} sees no call of the control plane: attach toScps() or toIamPolicies() as well.`;
  const gaps = service === "sagemaker" ? held.gaps : unheldGaps(rules, reason);
  return emitPolicy("endpoint policy", quotas.endpoint.characters, [allow, ...deny], gaps, "Name fewer resources");
}
