import { GuardError } from "../error.ts";
import { denyStatements } from "./deny.ts";
import type { EmittedPolicy, PolicyCondition, PolicyStatement } from "./document.ts";
import { emitPolicy } from "./emit.ts";
import type { Held } from "./hold.ts";

/** Whom and what a VPC endpoint lets through. */
export interface EndpointPolicyOptions {
  /** Which endpoint the policy is for. Default: `sagemaker`, the control plane. */
  readonly service?: "sagemaker" | "sagemaker-runtime" | "s3" | undefined;
  /** Default: every action of the service. */
  readonly actions?: readonly string[] | undefined;
  /** Default: `*`. */
  readonly resources?: readonly string[] | undefined;
  /** Only principals of this organization (`o-…`). */
  readonly organizationId?: string | undefined;
  /** Only principals of these accounts. */
  readonly accounts?: readonly string[] | undefined;
}

/** Characters: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html. */
const LIMIT = 20_480;

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
 * The buckets from which Amazon Linux installs packages: a container that reaches them can fetch any software.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html#train-vpc-policy
 */
const packageBuckets: readonly PolicyStatement[] = [
  {
    Sid: "AmazonLinuxAMIRepositoryAccess",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: ["arn:aws:s3:::packages.*.amazonaws.com/*", "arn:aws:s3:::repo.*.amazonaws.com/*"],
  },
  {
    Sid: "AmazonLinux2AMIRepositoryAccess",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::amazonlinux.*.amazonaws.com/*",
  },
];

/** The policy of a VPC endpoint: what may pass it, and for the control plane only within the posture. */
export function endpointPolicy(held: Held, options: EndpointPolicyOptions = {}): EmittedPolicy {
  const service = options.service ?? "sagemaker";
  if (!Object.hasOwn(defaultActions, service))
    throw new GuardError(
      "INVALID_OPTION",
      `service is ${JSON.stringify(service)}; it must be ${Object.keys(defaultActions).join(", ")}.`,
    );
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
  const gaps = service === "sagemaker" ? held.gaps : [];
  return emitPolicy("endpoint policy", LIMIT, [allow, ...deny], gaps, "Name fewer resources.");
}
